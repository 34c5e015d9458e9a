-- Written when all state is, and read before it by the next tick: what changed since is computed again.
-- depends_on: {{ ref('int_nudges_timed') }}
-- depends_on: {{ ref('int_slips_timed') }}
-- depends_on: {{ ref('fct_account_milestones') }}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

final as (

    select
        as_of.tick_at as computed_through,
        as_of.as_of,
        as_of.namespace,
        policy_hash.policy_hash,
        '{{ models_hash() if execute else '' }}' as models_hash
    from as_of
    cross join policy_hash

)

select * from final
