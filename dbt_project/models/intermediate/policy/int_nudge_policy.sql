with policy as (

    select * from {{ ref('nudge_policy') }}

),

milestones as (

    select * from {{ ref('int_critical_path') }}

),

paths as (

    select distinct
        milestones.path_key,
        case when policy.path_key is null then 'default' else milestones.path_key end
            as policy_path_key
    from milestones
    left join policy
        on milestones.path_key = policy.path_key

),

final as (

    select
        paths.path_key,
        policy.channel,
        policy.destination,
        policy.template_key,
        cast(policy.tier as integer) as tier,
        {{ hours_to_microseconds('policy.delay_hours') }} as delay_microseconds,
        coalesce(lower(trim(policy.respects_quiet_hours)), '') not in ('false', '0', 'no', 'n') as respects_quiet_hours,
        coalesce(lower(trim(policy.is_enabled)), '') not in ('false', '0', 'no', 'n') as is_enabled
    from paths
    inner join policy
        on paths.policy_path_key = policy.path_key

)

select * from final
