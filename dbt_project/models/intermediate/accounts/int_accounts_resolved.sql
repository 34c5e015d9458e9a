with crm_accounts as (

    select * from {{ ref('int_crm_accounts_deduplicated') }}

),

accounts_first_seen as (

    select * from {{ ref('int_accounts_first_seen') }}

),

paths as (

    select distinct
        path_key,
        is_business_clock
    from {{ ref('int_critical_path') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- One row, whether the policy has such a path or not.
default_path as (

    select coalesce(max(case when is_business_clock then 1 else 0 end), 0) = 1 as is_business_clock
    from paths
    where path_key = 'default'

),

-- A cycle that is announced but has not begun is not the current one yet.
accounts_in_cycle as (

    select
        crm_accounts.account_id,
        case
            when crm_accounts.cycle_started_at > as_of.as_of
                then greatest(coalesce(crm_accounts.onboarding_cycle, 1) - 1, 1)
            else coalesce(crm_accounts.onboarding_cycle, 1)
        end as cycle,
        case
            when crm_accounts.cycle_started_at <= as_of.as_of then crm_accounts.cycle_started_at
        end as cycle_started_at
    from crm_accounts
    cross join as_of

),

final as (

    select
        crm_accounts.account_id,
        crm_accounts.account_name,
        coalesce(path_by_key.path_key, path_by_segment.path_key, 'default') as path_key,
        crm_accounts.segment,
        crm_accounts.plan,
        crm_accounts.country_code,
        crm_accounts.csm_name,
        crm_accounts.csm_email,
        crm_accounts.csm_slack_id,
        case
            when {{ is_known_time_zone('crm_accounts.timezone') }} then crm_accounts.timezone
            else limits.default_time_zone
        end as timezone,
        crm_accounts.seats,
        cast(accounts_in_cycle.cycle as integer) as cycle,
        coalesce(crm_accounts.is_internal, false) as is_internal,
        coalesce(
            path_by_key.is_business_clock,
            path_by_segment.is_business_clock,
            default_path.is_business_clock
        ) as is_business_clock,
        case
            when accounts_in_cycle.cycle > 1 and accounts_in_cycle.cycle_started_at is not null
                then accounts_in_cycle.cycle_started_at
            else coalesce(crm_accounts.signed_up_at, accounts_first_seen.first_seen_at)
        end as signed_up_at,
        accounts_in_cycle.cycle_started_at,
        crm_accounts.churned_at
    from crm_accounts
    cross join limits
    cross join default_path
    inner join accounts_in_cycle
        on crm_accounts.account_id = accounts_in_cycle.account_id
    left join accounts_first_seen
        on crm_accounts.account_id = accounts_first_seen.account_id
    left join paths as path_by_key
        on crm_accounts.path_key = path_by_key.path_key
    left join paths as path_by_segment
        on crm_accounts.segment = path_by_segment.path_key

)

select * from final
