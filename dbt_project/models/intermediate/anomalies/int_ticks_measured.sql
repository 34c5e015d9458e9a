{{ config(materialized='view') }}

-- The last finished tick from which something could leave, and what has finished since then. Ticks of a time when
-- nothing was counted are no measure.
with ticks as (

    select * from {{ ref('stg_nudges__ticks') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

ticks_ranked as (

    select
        ticks.*,
        row_number() over (
            order by
                case when coalesce(ticks.is_held, false) then 1 else 0 end,
                ticks.finished_at desc,
                ticks.fence desc nulls last
        ) as recency
    from ticks
    inner join as_of
        on ticks.namespace = as_of.namespace
    where
        ticks.finished_at <= as_of.tick_at
        and ticks.wanted is not null

),

last_tick as (

    select
        max(case when recency = 1 then as_of end) as as_of,
        max(case when recency = 1 then finished_at end) as finished_at,
        max(case when recency = 1 then policy_hash end) as policy_hash,
        max(case when recency = 1 then wanted end) as wanted,
        max(case when recency = 1 then slips end) as slips,
        min(case when not coalesce(is_held, false) then as_of end) as first_as_of,
        count(*) > 0 as has_any
    from ticks_ranked

),

rehearsals as (

    select count(*) > 0 as has_any
    from ticks_ranked
    cross join last_tick
    cross join policy_hash
    where
        ticks_ranked.finished_at > last_tick.finished_at
        and ticks_ranked.policy_hash = policy_hash.policy_hash

),

final as (

    select
        last_tick.has_any,
        last_tick.as_of,
        last_tick.first_as_of,
        last_tick.policy_hash <> policy_hash.policy_hash as is_policy_changed,
        rehearsals.has_any as is_rehearsed,
        last_tick.wanted,
        last_tick.slips
    from last_tick
    cross join rehearsals
    cross join policy_hash

)

select * from final
