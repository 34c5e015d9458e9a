{# Read by one model, which is written out. #}
{{ config(materialized='view') }}

-- What may leave by itself may still have to wait: for what is stopped, for the caps of those it goes to, and for what
-- a tick, an hour or a day may carry.
with nudges as (

    select * from {{ ref('int_nudges_judged') }}

),

stopped as (

    select * from {{ ref('int_nudges_stopped') }}

),

limited as (

    select * from {{ ref('int_sends_limited') }}

),

ceilings as (

    select * from {{ ref('int_ceilings_checked') }}

),

nudges_held_back as (

    select
        nudges.*,
        coalesce(stopped.reason_code, limited.reason_code, nudges.reason_code) as held_back_reason_code
    from nudges
    left join stopped
        on nudges.nudge_id = stopped.nudge_id
    left join limited
        on nudges.nudge_id = limited.nudge_id

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
    from nudges_held_back
    where held_back_reason_code = 'send'

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
        nudges_held_back.*,
        case
            when nudges_held_back.held_back_reason_code = 'send' and nudges_within_ceilings.nudge_id is null
                then 'over_ceiling'
            else nudges_held_back.held_back_reason_code
        end as paced_reason_code
    from nudges_held_back
    left join nudges_within_ceilings
        on nudges_held_back.nudge_id = nudges_within_ceilings.nudge_id

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
