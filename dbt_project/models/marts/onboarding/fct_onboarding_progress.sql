{{ config(materialized='view') }}

{% set fourteen_days = 336 * 3600000000 %}
{% set thirty_days = 720 * 3600000000 %}

-- What follows from the passing of time alone is computed when read, over stored facts and the stored as_of.
with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

clocks as (

    select * from {{ ref('int_account_clocks') }}

),

hours_overdue as (

    select * from {{ ref('int_hours_overdue') }}

),

escalations as (

    select * from {{ ref('int_accounts_escalated') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select
        accounts.account_id,
        accounts.path_key,
        accounts.furthest_milestone_key,
        accounts.next_milestone_key,
        accounts.milestones_completed,
        case
            when accounts.next_milestone_key is null then null
            else cast(coalesce(hours_overdue.hours_overdue, 0) as {{ double_type() }})
        end as hours_overdue,
        case
            when accounts.first_value_at < accounts.signed_up_at then 0
            else cast(
                {{ microseconds_between('accounts.signed_up_at', 'accounts.first_value_at') }} as {{ double_type() }}
            ) / 3600000000
        end as hours_to_first_value,
        coalesce(clocks.slips_at <= as_of.as_of, false) as is_slipped,
        case
            when {{ microseconds_between('accounts.signed_up_at', 'as_of.as_of') }} < {{ fourteen_days }} then null
            else coalesce(
                {{ microseconds_between('accounts.signed_up_at', 'accounts.first_value_at') }} <= {{ fourteen_days }},
                false
            )
        end as is_first_value_14d,
        case
            when {{ microseconds_between('accounts.signed_up_at', 'as_of.as_of') }} < {{ thirty_days }} then null
            else coalesce(
                {{ microseconds_between('accounts.signed_up_at', 'accounts.first_value_at') }} <= {{ thirty_days }},
                false
            )
        end as is_activated_30d,
        accounts.signed_up_at,
        accounts.last_progress_at,
        clocks.next_milestone_expected_by,
        clocks.slips_at,
        escalations.escalated_at,
        accounts.first_value_at,
        as_of.as_of
    from accounts
    cross join as_of
    left join clocks
        on accounts.account_id = clocks.account_id
    left join hours_overdue
        on accounts.account_id = hours_overdue.account_id
    left join escalations
        on accounts.account_id = escalations.account_id

)

select * from final
