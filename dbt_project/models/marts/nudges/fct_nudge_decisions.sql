with nudges as (

    select * from {{ ref('int_nudges_paced') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.path_key,
        nudges.milestone_key,
        nudges.channel,
        nudges.destination,
        nudges.template_key,
        nudges.arm,
        nudges.decision,
        nudges.reason_code,
        nudges.contact_id,
        nudges.recipient_reason,
        as_of.namespace,
        as_of.tick_id,
        nudges.cycle,
        nudges.tier,
        nudges.slips_at,
        nudges.due_at,
        nudges.eligible_at,
        as_of.as_of,
        as_of.tick_at
    from nudges
    cross join as_of

)

select * from final
