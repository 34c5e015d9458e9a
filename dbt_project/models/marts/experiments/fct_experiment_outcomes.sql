{{ config(materialized='view', tags=['report']) }}

with assignments as (

    select * from {{ ref('int_assignments_resolved') }}

),

progress as (

    select * from {{ ref('int_accounts_progressed') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

events as (

    select * from {{ ref('int_milestone_events_resolved') }}

),

event_names as (

    select * from {{ ref('int_event_names') }}

),

path as (

    select * from {{ ref('int_critical_path') }}
    where is_first_value

),

epochs as (

    select * from {{ ref('int_experiment_epochs') }}

),

slips as (

    select * from {{ ref('int_slips_of_all_time') }}

),

contacts as (

    select * from {{ ref('int_contacts_resolved') }}

),

feedback as (

    select * from {{ ref('int_feedback_resolved') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The experiment counts from the sign-up of its assignment, also for a customer who onboards once more.
first_values_of_later_cycles as (

    select
        accounts.account_id,
        min(events.occurred_at) as first_value_at
    from accounts
    inner join path
        on accounts.path_key = path.path_key
    inner join event_names
        on
            path.path_key = event_names.path_key
            and path.milestone_key = event_names.milestone_key
    inner join events
        on
            accounts.account_id = events.account_id
            and event_names.event_name = events.event_name
    cross join as_of
    where
        accounts.cycle > 1
        and events.occurred_at <= as_of.as_of
    group by accounts.account_id

),

accounts_measured as (

    select
        progress.account_id,
        accounts.churned_at,
        coalesce(first_values_of_later_cycles.first_value_at, progress.first_value_at) as first_value_at
    from progress
    inner join accounts
        on progress.account_id = accounts.account_id
    left join first_values_of_later_cycles
        on progress.account_id = first_values_of_later_cycles.account_id

),

first_slips as (

    select
        slips.account_id,
        min(slips.slips_at) as first_slip_at
    from slips
    cross join as_of
    where slips.slips_at <= as_of.as_of
    group by slips.account_id

),

-- Of several instants up to as_of the last one tells whether any of them lies after sign-up.
contacts_unsubscribed as (

    select
        contacts.account_id,
        max(contacts.unsubscribed_at) as last_unsubscribed_at
    from contacts
    cross join as_of
    where contacts.unsubscribed_at <= as_of.as_of
    group by contacts.account_id

),

feedback_summed as (

    select
        account_id,
        max(case when event_type = 'unsubscribed' then last_occurred_within_facts_at end) as last_unsubscribed_at,
        max(case when event_type in ({{ complaints() }}) then last_occurred_within_facts_at end) as last_complained_at
    from feedback
    where account_id <> ''
    group by account_id

),

-- Everyone assigned counts, reached or not: who has not arrived is censored at the instant of the facts.
final as (

    select
        assignments.experiment_key,
        assignments.account_id,
        assignments.arm,
        assignments.path_key,
        assignments.segment,
        assignments.plan,
        assignments.csm_email,
        assignments.epoch,
        assignments.bucket,
        assignments.bucket >= epochs.held_out_from_bucket as is_held_out,
        assignments.seats,
        {{ start_of_week('cast(assignments.signed_up_at as date)') }} as signed_up_week,
        cast(
            case
                when accounts_measured.first_value_at < assignments.signed_up_at then 0
                else {{ microseconds_between(
                    'assignments.signed_up_at',
                    'coalesce(accounts_measured.first_value_at, as_of.as_of)'
                ) }}
            end as {{ double_type() }}
        ) / 86400000000 as duration_days,
        accounts_measured.first_value_at is not null as is_first_value_reached,
        cast({{ microseconds_between('assignments.signed_up_at', 'as_of.as_of') }} as {{ double_type() }})
        / 86400000000 as watched_days,
        cast(
            case
                -- The steps of a later cycle are those of a customer who has first value already.
                when first_slips.first_slip_at >= accounts_measured.first_value_at then null
                when first_slips.first_slip_at < assignments.signed_up_at then 0
                else {{ microseconds_between('assignments.signed_up_at', 'first_slips.first_slip_at') }}
            end as {{ double_type() }}
        ) / 86400000000 as days_to_first_slip,
        coalesce(contacts_unsubscribed.last_unsubscribed_at >= assignments.signed_up_at, false)
        or coalesce(feedback_summed.last_unsubscribed_at >= assignments.signed_up_at, false) as has_unsubscribed,
        coalesce(feedback_summed.last_complained_at >= assignments.signed_up_at, false) as has_complained,
        coalesce(
            accounts_measured.churned_at >= assignments.signed_up_at and accounts_measured.churned_at <= as_of.as_of,
            false
        ) as has_churned,
        assignments.is_since_first_epoch,
        assignments.signed_up_at,
        as_of.as_of
    from assignments
    cross join as_of
    inner join accounts_measured
        on assignments.account_id = accounts_measured.account_id
    left join epochs
        on
            assignments.experiment_key = epochs.experiment_key
            and assignments.epoch = epochs.epoch
    left join first_slips
        on assignments.account_id = first_slips.account_id
    left join contacts_unsubscribed
        on assignments.account_id = contacts_unsubscribed.account_id
    left join feedback_summed
        on assignments.account_id = feedback_summed.account_id
    -- rpt_unusable_rows counts those who leave the readout here.
    where not assignments.has_mixed_arms

)

select * from final
