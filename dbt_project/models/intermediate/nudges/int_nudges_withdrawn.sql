with nudges as (

    select * from {{ ref('int_nudges_set') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

accounts_guarded as (

    select * from {{ ref('int_accounts_guarded') }}

),

holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

touches as (

    select * from {{ ref('int_accounts_touched') }}

),

completions as (

    select * from {{ ref('int_milestones_completed') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

contacts as (

    select * from {{ ref('int_contacts_resolved') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

enrolments as (

    select * from {{ ref('int_accounts_enrolled') }}

),

halts as (

    select * from {{ ref('int_halts_in_force') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- What is known of completions counts, also what is later than the facts: a hint to do what is done looks foolish.
accounts_completed as (

    select
        completions.account_id,
        max(path.milestone_order) as milestone_order
    from completions
    inner join accounts
        on completions.account_id = accounts.account_id
    inner join path
        on
            accounts.path_key = path.path_key
            and completions.milestone_key = path.milestone_key
    group by completions.account_id

),

-- A pause that somebody asked for; a weekend stops a clock, and takes no hint away.
accounts_held as (

    select distinct holds.account_id
    from holds
    cross join as_of
    where
        holds.held_from <= as_of.tick_at
        and coalesce(holds.held_until > as_of.tick_at, true)

),

-- A stop without an end is the word that an experiment harms; a pause takes nothing away.
experiments_halted as (

    select distinct 'experiment:' || scope_value as scope
    from halts
    where
        scope_kind = 'experiment'
        and until_at is null

),

-- One ordered list: the first cause that applies is the one that is given. Whom somebody talks with right now may go
-- on seeing a hint; whom nobody may write to may not.
nudges_with_cause as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.milestone_key,
        nudges.channel,
        nudges.destination,
        nudges.contact_id,
        nudges.variant,
        nudges.cycle,
        nudges.tier,
        nudges.set_at,
        -- Taking back needs no text, but an entry that somebody made by hand must not stop the tick for want of one.
        coalesce(nudges.template_key, policy.template_key, 'unknown') as template_key,
        contacts.user_id as contact_user_id,
        contacts.email as contact_email,
        contacts.full_name as contact_name,
        contacts.timezone as contact_timezone,
        case
            when accounts_guarded.account_reason_code in ('internal', 'churned', 'not_enrolled', 'control')
                then accounts_guarded.account_reason_code
            when accounts_held.account_id is not null then 'on_hold'
            when touches.is_handled_by_csm then 'handled_by_csm'
            when touches.is_not_relevant then 'not_relevant'
            when accounts_completed.milestone_order >= path.milestone_order then 'milestone_resolved'
            when accounts_guarded.has_complaint then 'complaint'
            when contacts.email_blocked_by = 'consent_withdrawn' then 'consent_withdrawn'
            when experiments_halted.scope is not null then 'experiment_harmful'
            when accounts.account_id is not null and not coalesce(policy.is_enabled, false) then 'tier_disabled'
            when nudges.ends_at <= as_of.tick_at then 'shown_long_enough'
        end as withdraw_reason_code
    from nudges
    cross join as_of
    left join accounts
        on nudges.account_id = accounts.account_id
    left join accounts_guarded
        on nudges.account_id = accounts_guarded.account_id
    left join accounts_held
        on nudges.account_id = accounts_held.account_id
    left join touches
        on nudges.account_id = touches.account_id
    left join path
        on
            accounts.path_key = path.path_key
            and nudges.milestone_key = path.milestone_key
    left join accounts_completed
        on nudges.account_id = accounts_completed.account_id
    left join contacts
        on nudges.contact_id = contacts.contact_id
    left join policy
        on
            accounts.path_key = policy.path_key
            and nudges.tier = policy.tier
            and nudges.channel = policy.channel
    left join enrolments
        on nudges.account_id = enrolments.account_id
    left join experiments_halted
        on experiments_halted.scope = 'experiment:' || enrolments.experiment_key
    where
        coalesce(nudges.withdrawal_state, 'retryable') in ('retryable', 'resolved_not_sent')
        and coalesce(nudges.withdraw_not_before <= as_of.tick_at, true)

),

final as (

    select
        nudge_id,
        account_id,
        milestone_key,
        channel,
        destination,
        contact_id,
        contact_user_id,
        contact_email,
        contact_name,
        contact_timezone,
        template_key,
        variant,
        withdraw_reason_code,
        cycle,
        tier,
        set_at
    from nudges_with_cause
    where withdraw_reason_code is not null

)

select * from final
