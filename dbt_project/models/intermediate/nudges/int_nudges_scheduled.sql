with nudges_timed as (

    select * from {{ ref('int_nudges_timed') }}

),

account_facts as (

    select * from {{ ref('dim_accounts') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

integration_errors as (

    select * from {{ ref('int_integration_errors_classified') }}

),

completions as (

    select * from {{ ref('int_milestones_completed') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

nudges_by_policy as (

    select
        nudges_timed.nudge_id,
        nudges_timed.account_id,
        nudges_timed.path_key,
        nudges_timed.milestone_key,
        nudges_timed.channel,
        policy.destination,
        policy.template_key,
        nudges_timed.cycle,
        nudges_timed.tier,
        policy.respects_quiet_hours,
        policy.is_enabled,
        policy.delay_microseconds,
        nudges_timed.slips_at,
        nudges_timed.due_at
    from nudges_timed
    cross join as_of
    inner join policy
        on
            nudges_timed.path_key = policy.path_key
            and nudges_timed.tier = policy.tier
    where nudges_timed.slips_at <= as_of.as_of

),

-- No text can help with an error that nobody recognises: the mail that has not left gives way to the first tier above
-- it that is a person.
mails_handed_over as (

    select
        mails.nudge_id,
        mails.account_id,
        mails.delay_microseconds,
        mails.due_at,
        min(humans.tier) as human_tier
    from nudges_by_policy as mails
    inner join integration_errors
        on mails.account_id = integration_errors.account_id
    inner join nudges_by_policy as humans
        on
            mails.account_id = humans.account_id
            and mails.tier < humans.tier
    left join ledger
        on mails.nudge_id = ledger.nudge_id
    where
        integration_errors.error_class = 'unknown'
        and mails.channel = 'email'
        and mails.is_enabled
        and humans.channel = 'human'
        and humans.is_enabled
        and not coalesce(ledger.is_possibly_sent, false)
    group by mails.nudge_id, mails.account_id, mails.delay_microseconds, mails.due_at

),

humans_taking_over as (

    select
        account_id,
        human_tier as tier,
        min(delay_microseconds) as delay_microseconds,
        min(due_at) as due_at
    from mails_handed_over
    group by account_id, human_tier

),

-- Who takes over does so when the mail would have left.
nudges as (

    select
        nudges_by_policy.nudge_id,
        nudges_by_policy.account_id,
        nudges_by_policy.path_key,
        nudges_by_policy.milestone_key,
        nudges_by_policy.channel,
        nudges_by_policy.destination,
        nudges_by_policy.template_key,
        nudges_by_policy.cycle,
        nudges_by_policy.tier,
        nudges_by_policy.respects_quiet_hours,
        nudges_by_policy.is_enabled,
        mails_handed_over.nudge_id is not null as is_handed_over,
        coalesce(humans_taking_over.delay_microseconds, nudges_by_policy.delay_microseconds) as delay_microseconds,
        nudges_by_policy.slips_at,
        coalesce(humans_taking_over.due_at, nudges_by_policy.due_at) as due_at
    from nudges_by_policy
    left join mails_handed_over
        on nudges_by_policy.nudge_id = mails_handed_over.nudge_id
    left join humans_taking_over
        on
            nudges_by_policy.account_id = humans_taking_over.account_id
            and nudges_by_policy.tier = humans_taking_over.tier

),

-- A tier that left, or may have left, holds the next one back for the difference of their delays. What waits for a
-- person's answer does not hold back the tier that is a person.
lower_attempts as (

    select
        nudges.nudge_id,
        ledger.last_attempted_at as attempted_at,
        nudges.account_id,
        nudges.delay_microseconds - lower_tiers.delay_microseconds as microseconds,
        row_number() over (partition by nudges.nudge_id order by ledger.tier desc nulls last) as nearness
    from nudges
    inner join nudges as lower_tiers
        on
            nudges.account_id = lower_tiers.account_id
            and nudges.tier > lower_tiers.tier
    inner join ledger
        on lower_tiers.nudge_id = ledger.nudge_id
    where
        ledger.is_possibly_sent
        and ledger.last_attempted_at is not null
        and not (ledger.state = 'needs_review' and nudges.channel = 'human')

),

eligible_requests as (

    select
        account_id,
        nudge_id as request_key,
        attempted_at as starts_at,
        microseconds
    from lower_attempts
    where nearness = 1

),

eligible_times as (

    {{ deadlines('eligible_requests', 'holds') }}

),

-- Progress that is known already, though later than the facts, takes the reason for the nudge away.
progress_known as (

    select
        completions.account_id,
        max(path.milestone_order) as milestone_order,
        min(completions.first_occurred_at) as cancelled_at
    from completions
    cross join as_of
    inner join account_facts
        on completions.account_id = account_facts.account_id
    inner join path
        on
            account_facts.path_key = path.path_key
            and completions.milestone_key = path.milestone_key
    where completions.first_occurred_at > as_of.as_of
    group by completions.account_id

),

final as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.path_key,
        nudges.milestone_key,
        nudges.channel,
        nudges.destination,
        nudges.template_key,
        nudges.cycle,
        nudges.tier,
        nudges.respects_quiet_hours,
        nudges.is_enabled,
        nudges.is_handed_over,
        coalesce(nudges.due_at <= as_of.as_of, false) as is_due,
        eligible_times.request_key is not null as is_after_lower_tier,
        nudges.slips_at,
        nudges.due_at,
        case
            when eligible_times.request_key is null then nudges.due_at
            when eligible_times.deadline_at is null then null
            else coalesce(greatest(nudges.due_at, eligible_times.deadline_at), eligible_times.deadline_at)
        end as eligible_at,
        case
            when progress_known.milestone_order >= path.milestone_order then progress_known.cancelled_at
        end as cancelled_at
    from nudges
    cross join as_of
    inner join path
        on
            nudges.path_key = path.path_key
            and nudges.milestone_key = path.milestone_key
    left join eligible_times
        on nudges.nudge_id = eligible_times.request_key
    left join progress_known
        on nudges.account_id = progress_known.account_id

)

select * from final
