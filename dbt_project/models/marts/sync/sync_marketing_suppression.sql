with accounts as (

    select * from {{ ref('dim_accounts') }}

),

progress as (

    select * from {{ ref('fct_onboarding_progress') }}

),

enrolments as (

    select * from {{ ref('int_accounts_enrolled') }}

),

contacts as (

    select * from {{ ref('int_contacts_resolved') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Managed is who the agent speaks to: generic mail returns at first value, at churn or at the end of the window.
accounts_managed as (

    select
        accounts.account_id,
        accounts.signed_up_at as suppress_from,
        {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }} as suppress_until
    from accounts
    cross join limits
    cross join as_of
    inner join enrolments
        on accounts.account_id = enrolments.account_id
    inner join progress
        on accounts.account_id = progress.account_id
    where
        enrolments.arm = 'treatment'
        and progress.first_value_at is null
        and coalesce(accounts.churned_at > as_of.as_of, true)
        and not accounts.is_internal
        and as_of.tick_at
        <= {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }}

),

final as (

    select
        contacts.contact_id,
        contacts.email,
        accounts_managed.account_id,
        accounts_managed.suppress_from,
        accounts_managed.suppress_until
    from accounts_managed
    inner join contacts
        on accounts_managed.account_id = contacts.account_id
    where contacts.email is not null

)

select * from final
