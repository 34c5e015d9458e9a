with nudges_scheduled as (

    select * from {{ ref('int_nudges_scheduled') }}
    where is_due and channel in ('in_app', 'email')

),

accounts as (

    select * from {{ ref('int_accounts_guarded') }}

),

contacts as (

    select * from {{ ref('int_contacts_resolved') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Nobody is picked at an account that is not written to whatever happens: most of those that have slipped.
nudges as (

    select nudges_scheduled.*
    from nudges_scheduled
    inner join accounts
        on nudges_scheduled.account_id = accounts.account_id
    where
        not accounts.is_window_over
        and coalesce(accounts.account_reason_code, '') not in ('internal', 'churned', 'not_enrolled', 'control')

),

-- Later tiers stay with the person whom an earlier one reached, and what is tried again goes to whom it was tried.
recipients_so_far as (

    select
        nudges.nudge_id,
        ledger.contact_id,
        row_number() over (
            partition by nudges.nudge_id
            order by ledger.tier desc nulls last, ledger.contact_id desc nulls last
        ) as recency
    from nudges
    inner join ledger
        on
            nudges.account_id = ledger.account_id
            and nudges.cycle = ledger.cycle
            and nudges.milestone_key = ledger.milestone_key
            and nudges.tier >= ledger.tier
    where
        ledger.is_possibly_sent
        and ledger.contact_id is not null

),

earlier_recipients as (

    select
        nudge_id,
        contact_id
    from recipients_so_far
    where recency = 1

),

candidates as (

    select
        nudges.nudge_id,
        nudges.account_id,
        contacts.contact_id,
        contacts.user_id,
        contacts.email,
        contacts.full_name,
        contacts.timezone,
        case
            when nudges.channel = 'in_app' and contacts.user_id is null then 'no_reachable_contact'
            when nudges.channel = 'email' and contacts.email is null then 'no_reachable_contact'
            when nudges.channel = 'email' and contacts.email_blocked_by is not null then contacts.email_blocked_by
            -- A hint needs no consent to mail, but who has asked for silence gets none either.
            when contacts.email_blocked_by = 'consent_withdrawn' then contacts.email_blocked_by
            when not {{ is_allowed_recipient('contacts.email') }} then 'recipient_not_allowed'
        end as blocked_by,
        coalesce(contacts.contact_id = earlier_recipients.contact_id, false) as is_earlier_recipient,
        coalesce(contacts.role = path.recipient_role, false) as has_wanted_role,
        coalesce(
            contacts.last_seen_at
            >= {{ add_microseconds('as_of.tick_at', '-1 * limits.active_contact_microseconds') }},
            false
        ) as is_active,
        coalesce(contacts.role = 'admin', false) as is_admin,
        contacts.last_seen_at
    from nudges
    cross join limits
    cross join as_of
    inner join path
        on
            nudges.path_key = path.path_key
            and nudges.milestone_key = path.milestone_key
    inner join contacts
        on nudges.account_id = contacts.account_id
    left join earlier_recipients
        on nudges.nudge_id = earlier_recipients.nudge_id

),

candidates_ranked as (

    select
        *,
        row_number() over (
            partition by nudge_id
            order by
                case when blocked_by is null then 0 when blocked_by = 'no_reachable_contact' then 2 else 1 end asc,
                is_earlier_recipient desc nulls last,
                has_wanted_role desc nulls last,
                is_active desc nulls last,
                is_admin desc nulls last,
                last_seen_at desc nulls last,
                contact_id asc
        ) as preference
    from candidates

),

final as (

    select
        nudge_id,
        account_id,
        contact_id,
        user_id,
        email,
        full_name,
        timezone,
        blocked_by,
        case
            when is_earlier_recipient then 'earlier_tier'
            when has_wanted_role then 'wanted_role'
            when is_active then 'active'
            when is_admin then 'admin'
            when last_seen_at is not null then 'last_seen'
            else 'only_known'
        end as recipient_reason
    from candidates_ranked
    where preference = 1

)

select * from final
