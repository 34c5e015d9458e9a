{# Read by one model, which is written out. #}
{{ config(materialized='view') }}

-- What may leave by itself may still have to wait for the whole: what is stopped, what is out of the ordinary, and what
-- is more than a tick, an hour or a day may carry.
with nudges as (

    select * from {{ ref('int_nudges_capped') }}

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

ceilings as (

    select * from {{ ref('int_ceilings_checked') }}

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
        nudges.due_at,
        enrolments.experiment_key,
        as_of.namespace
    from nudges
    cross join as_of
    left join enrolments
        on nudges.account_id = enrolments.account_id
    where nudges.decision = 'send'

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

nudges_stopped as (

    select
        leaving.nudge_id,
        leaving.account_id,
        leaving.tier,
        leaving.channel,
        leaving.due_at,
        case
            when nudges_halted.nudge_id is not null then 'halted'
            when checks_summed.is_policy_new then 'policy_changed'
            when checks_summed.is_anomalous then 'anomaly_tripped'
            when coalesce(templates.is_halted, false) then 'template_halted'
        end as stopped_by
    from leaving
    cross join checks_summed
    left join nudges_halted
        on leaving.nudge_id = nudges_halted.nudge_id
    left join templates
        on leaving.template_key = templates.template_key

),

-- Who waited longest goes first, within a channel and then among all of them.
rooms_of_channels as (

    select
        channel,
        min(room) as room
    from ceilings
    where channel <> ''
    group by channel

),

room_of_everything as (

    select coalesce(min(room), 0) as room
    from ceilings
    where channel = ''

),

nudges_in_channels as (

    select
        nudge_id,
        account_id,
        tier,
        channel,
        due_at,
        row_number() over (partition by channel order by due_at, account_id, tier) as place
    from nudges_stopped
    where stopped_by is null

),

nudges_in_order as (

    select
        nudges_in_channels.nudge_id,
        row_number() over (
            order by nudges_in_channels.due_at, nudges_in_channels.account_id, nudges_in_channels.tier
        ) as place
    from nudges_in_channels
    left join rooms_of_channels
        on nudges_in_channels.channel = rooms_of_channels.channel
    where
        rooms_of_channels.room is null
        or nudges_in_channels.place <= rooms_of_channels.room

),

nudges_within_ceilings as (

    select nudges_in_order.nudge_id
    from nudges_in_order
    cross join room_of_everything
    where nudges_in_order.place <= room_of_everything.room

),

nudges_reasoned as (

    select
        nudges.*,
        case
            when nudges.decision <> 'send' then nudges.reason_code
            when nudges_stopped.stopped_by is not null then nudges_stopped.stopped_by
            when nudges_within_ceilings.nudge_id is null then 'over_ceiling'
            else 'send'
        end as paced_reason_code
    from nudges
    left join nudges_stopped
        on nudges.nudge_id = nudges_stopped.nudge_id
    left join nudges_within_ceilings
        on nudges.nudge_id = nudges_within_ceilings.nudge_id

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
        {{ decision_of('paced_reason_code') }} as decision,
        paced_reason_code as reason_code,
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
