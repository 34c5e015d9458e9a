{{ config(materialized='view') }}

with nudges as (

    select * from {{ ref('int_nudges_judged') }}

),

limited as (

    select * from {{ ref('int_sends_limited') }}

),

nudges_reasoned as (

    select
        nudges.*,
        coalesce(limited.reason_code, nudges.reason_code) as capped_reason_code
    from nudges
    left join limited
        on nudges.nudge_id = limited.nudge_id

),

final as (

    select
        nudge_id,
        account_id,
        path_key,
        milestone_key,
        channel,
        destination,
        template_key,
        arm,
        {{ decision_of('capped_reason_code') }} as decision,
        capped_reason_code as reason_code,
        contact_id,
        recipient_reason,
        cycle,
        tier,
        slips_at,
        due_at,
        eligible_at
    from nudges_reasoned

)

select * from final
