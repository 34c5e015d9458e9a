{{ config(materialized='view') }}

-- A person's word holds as long as it says, under the policy of which it was said; the newest one counts.
with halts as (

    select * from {{ ref('stg_nudges__nudge_halts') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

releases_ranked as (

    select
        halts.up_to,
        halts.policy_hash,
        halts.until_at,
        row_number() over (order by halts.recorded_at desc nulls last, halts.halt_id desc nulls last) as recency
    from halts
    cross join as_of
    where
        halts.scope = 'anomaly'
        and halts.released_at is not null
        and halts.recorded_at <= as_of.tick_at

),

release_of_policy as (

    select
        max(releases_ranked.up_to) as up_to,
        max(releases_ranked.until_at) as until_at
    from releases_ranked
    cross join policy_hash
    where
        releases_ranked.recency = 1
        and releases_ranked.policy_hash = policy_hash.policy_hash

),

final as (

    select
        release_of_policy.up_to,
        release_of_policy.until_at,
        coalesce(release_of_policy.until_at > as_of.tick_at, false) as is_in_force
    from release_of_policy
    cross join as_of

)

select * from final
