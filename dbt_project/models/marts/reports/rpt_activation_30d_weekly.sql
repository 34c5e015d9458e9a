{{ config(tags=['report']) }}

{% set thirty_days = 720 * 3600000000 %}

with watched as (

    select * from {{ ref('int_first_values_watched') }}

),

milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

accounts_judged as (

    select
        watched.account_id,
        min(
            case
                when
                    {{ microseconds_between('watched.signed_up_at', 'milestones.completed_at') }} <= {{ thirty_days }}
                    then 1
                else 0
            end
        ) as is_whole_path_completed_30d
    from watched
    inner join milestones
        on watched.account_id = milestones.account_id
    group by watched.account_id

),

cohorts_counted as (

    select
        watched.signed_up_week,
        watched.path_key,
        watched.arm,
        watched.is_mature_30d,
        watched.as_of,
        cast(count(*) as bigint) as accounts,
        cast(sum(case when watched.is_activated_30d then 1 else 0 end) as bigint) as accounts_activated_30d,
        cast(sum(accounts_judged.is_whole_path_completed_30d) as bigint) as accounts_whole_path_30d
    from watched
    inner join accounts_judged
        on watched.account_id = accounts_judged.account_id
    group by watched.signed_up_week, watched.path_key, watched.arm, watched.is_mature_30d, watched.as_of

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
