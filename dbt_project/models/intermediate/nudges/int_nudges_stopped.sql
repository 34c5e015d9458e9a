{# Read by three models, for the few nudges against which nothing of their own stands. #}
{{ config(materialized='view') }}

-- What may leave by itself may be stopped, or the whole be out of the ordinary. It takes nobody's place then within the
-- caps and the ceilings.
with nudges as (

    select * from {{ ref('int_nudges_judged') }}
    where reason_code = 'send'

),

halts as (

    select * from {{ ref('int_halts_in_force') }}

),

checks as (

    select * from {{ ref('int_anomalies_checked') }}

),

templates as (

    select * from {{ ref('int_templates_watched') }}

),

enrolments as (

    select * from {{ ref('int_accounts_enrolled') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

leaving as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.tier,
        nudges.channel,
        nudges.destination,
        nudges.template_key,
        nudges.contact_id,
        nudges.due_at,
        nudges.eligible_at,
        enrolments.experiment_key,
        as_of.namespace
    from nudges
    cross join as_of
    left join enrolments
        on nudges.account_id = enrolments.account_id

),

nudges_halted as (

    select distinct leaving.nudge_id
    from leaving
    inner join halts
        on
            halts.scope_kind = 'all'
            or (halts.scope_kind = 'channel' and leaving.channel = halts.scope_value)
            or (halts.scope_kind = 'destination' and leaving.destination = halts.scope_value)
            or (halts.scope_kind = 'template' and leaving.template_key = halts.scope_value)
            or (halts.scope_kind = 'experiment' and leaving.experiment_key = halts.scope_value)
            or (halts.scope_kind = 'account' and leaving.account_id = halts.scope_value)
            or (
                halts.scope_kind = 'tier'
                and cast(leaving.tier as {{ dbt.type_string() }}) = halts.scope_value
            )
            or (halts.scope_kind = 'namespace' and leaving.namespace = halts.scope_value)

),

-- Where nothing was checked nothing is known to be right.
checks_summed as (

    select
        coalesce(max(case when reason_code = 'policy_changed' and is_holding then 1 else 0 end), 1) = 1
            as is_policy_new,
        coalesce(max(case when reason_code = 'anomaly_tripped' and is_holding then 1 else 0 end), 1) = 1
            as is_anomalous
    from checks

),

final as (

    select
        leaving.nudge_id,
        leaving.account_id,
        leaving.channel,
        leaving.destination,
        leaving.contact_id,
        case
            when nudges_halted.nudge_id is not null then 'halted'
            when checks_summed.is_policy_new then 'policy_changed'
            when checks_summed.is_anomalous then 'anomaly_tripped'
            when coalesce(templates.is_halted, false) then 'template_halted'
        end as reason_code,
        leaving.due_at,
        leaving.eligible_at
    from leaving
    cross join checks_summed
    left join nudges_halted
        on leaving.nudge_id = nudges_halted.nudge_id
    left join templates
        on leaving.template_key = templates.template_key

)

select * from final
