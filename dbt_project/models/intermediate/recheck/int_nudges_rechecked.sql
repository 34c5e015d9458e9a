{{ config(materialized='view') }}

{# The first that applies is the reason given. #}
{% set reasons = [
    'internal', 'churned', 'on_hold', 'with_csm', 'milestone_resolved', 'complaint', 'no_reachable_contact',
    'consent_withdrawn'
] %}
{% set parts = [
    'int_accounts_rechecked', 'int_completions_rechecked', 'int_complaints_rechecked', 'int_recipients_rechecked'
] %}

-- Read by the senders right before a call: all that it reads is a view on the raw tables, so that what was loaded since
-- the plan was made still stops a message. Every nudge stands here once without an objection, so that one to which
-- nothing is objected gets its answer.
with objections_listed as (

    select
        nudge_id,
        cast(null as {{ dbt.type_string() }}) as reason_code
    from {{ ref('int_nudges_leaving') }}
    {%- for part in parts %}
    union all
    select
        nudge_id,
        reason_code
    from {{ ref(part) }}
    {%- endfor %}

),

objections_ranked as (

    select
        nudge_id,
        count(reason_code) = 0 as is_allowed,
        min(
            case reason_code
                {%- for reason in reasons %}
                when '{{ reason }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as place
    from objections_listed
    group by nudge_id

),

final as (

    select
        nudge_id,
        is_allowed,
        case place
            {%- for reason in reasons %}
            when {{ loop.index }} then '{{ reason }}'
            {%- endfor %}
        end as reason_code
    from objections_ranked

)

select * from final
