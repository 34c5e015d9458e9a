{{ config(tags=['report']) }}

{% set thirty_days = 720 * 3600000000 %}

with accounts as (

    select * from {{ ref('int_first_values_watched') }}

),

milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

accounts_judged as (

    select
        accounts.account_id,
        min(
            case
                when
                    {{ microseconds_between('accounts.signed_up_at', 'milestones.completed_at') }} <= {{ thirty_days }}
                    then 1
                else 0
            end
        ) as is_whole_path_completed_30d
    from accounts
    inner join milestones
        on accounts.account_id = milestones.account_id
    group by accounts.account_id

),

cohorts_counted as (

    select
        accounts.signed_up_week,
        accounts.path_key,
        accounts.arm,
        accounts.is_mature_30d,
        accounts.as_of,
        cast(count(*) as bigint) as accounts,
        cast(sum(case when accounts.is_activated_30d then 1 else 0 end) as bigint) as accounts_activated_30d,
        cast(sum(accounts_judged.is_whole_path_completed_30d) as bigint) as accounts_whole_path_30d
    from accounts
    inner join accounts_judged
        on accounts.account_id = accounts_judged.account_id
    group by accounts.signed_up_week, accounts.path_key, accounts.arm, accounts.is_mature_30d, accounts.as_of

),

-- Of a cohort that is too young neither count nor share: half of it has not had its 30 days.
final as (

    select
        signed_up_week,
        path_key,
        arm,
        accounts,
        case when is_mature_30d then accounts_activated_30d end as accounts_activated_30d,
        case
            when is_mature_30d then cast(accounts_activated_30d as {{ double_type() }}) / accounts
        end as share_activated_30d,
        case when is_mature_30d then accounts_whole_path_30d end as accounts_whole_path_30d,
        case
            when is_mature_30d then cast(accounts_whole_path_30d as {{ double_type() }}) / accounts
        end as share_whole_path_30d,
        is_mature_30d,
        as_of
    from cohorts_counted

)

select * from final
