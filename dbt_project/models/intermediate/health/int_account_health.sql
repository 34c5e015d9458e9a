{% set seven_days = 7 * 24 * 3600000000 %}
{% set one_day = 24 * 3600000000 %}

{% set window_began_on = onboarding_window_began_on(ref('int_as_of'), ref('int_limits')) %}

with accounts_progressed as (

    select * from {{ ref('fct_onboarding_progress') }}

),

decisions as (

    select * from {{ ref('fct_nudge_decisions') }}

),

accounts_written_to as (

    select distinct account_id from decisions
    where decision = 'send'

),

progress as (

    select accounts_progressed.*
    from accounts_written_to
    inner join accounts_progressed
        on accounts_written_to.account_id = accounts_progressed.account_id
    where accounts_progressed.is_slipped

),

activity as (

    select * from {{ ref('int_activity_resolved') }}
    where
        loaded_on >= cast('{{ window_began_on }}' as date)
        or loaded_on = cast('1970-01-01' as date)

),

integrations as (

    select * from {{ ref('int_integration_errors_classified') }}

),

complaints as (

    select * from {{ ref('int_accounts_complained') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

activity_summed as (

    select
        activity.account_id,
        cast(count(distinct case
            when activity.last_occurred_at >= {{ add_microseconds('as_of.as_of', '-' ~ seven_days) }}
                then nullif(activity.user_id, '')
        end) as integer) as active_contacts_7d,
        max(activity.last_occurred_at) as last_activity_at
    from progress
    cross join as_of
    inner join activity
        on
            progress.account_id = activity.account_id
            and activity.active_on >= cast(progress.signed_up_at as date)
    group by activity.account_id

),

path_totals as (

    select distinct
        path_key,
        milestones_total
    from path

),

final as (

    select
        progress.account_id,
        furthest_milestones.milestone_name as furthest_milestone_name,
        integrations.integration as failed_integration,
        integrations.error_code as failed_error_code,
        integrations.error_class as failed_error_class,
        integrations.error_message as failed_error_message,
        integrations.proposed_fix as failed_proposed_fix,
        integrations.log_url as failed_log_url,
        cast(
            cast({{ microseconds_between('progress.signed_up_at', 'as_of.as_of') }} as {{ double_type() }})
            / {{ one_day }}
            as bigint
        )
        - case
            when
                cast(
                    cast({{ microseconds_between('progress.signed_up_at', 'as_of.as_of') }} as {{ double_type() }})
                    / {{ one_day }}
                    as bigint
                )
                * {{ one_day }}
                > {{ microseconds_between('progress.signed_up_at', 'as_of.as_of') }}
                then 1
            else 0
        end + 1 as day_of_onboarding,
        progress.milestones_completed,
        path_totals.milestones_total,
        coalesce(activity_summed.active_contacts_7d, 0) as active_contacts_7d,
        progress.hours_overdue,
        complaints.account_id is not null as has_complaint,
        progress.next_milestone_expected_by,
        activity_summed.last_activity_at,
        integrations.failed_at
    from progress
    cross join as_of
    left join path_totals
        on progress.path_key = path_totals.path_key
    left join path as furthest_milestones
        on
            progress.path_key = furthest_milestones.path_key
            and progress.furthest_milestone_key = furthest_milestones.milestone_key
    left join activity_summed
        on progress.account_id = activity_summed.account_id
    left join integrations
        on progress.account_id = integrations.account_id
    left join complaints
        on progress.account_id = complaints.account_id

)

select * from final
