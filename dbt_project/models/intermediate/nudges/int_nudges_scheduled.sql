with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

account_facts as (

    select * from {{ ref('dim_accounts') }}

),

clocks as (

    select * from {{ ref('int_account_clocks') }}

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

completions as (

    select * from {{ ref('int_milestones_completed') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

tiers_of_slipped_accounts as (

    select
        accounts.account_id,
        accounts.path_key,
        accounts.next_milestone_key as milestone_key,
        account_facts.cycle,
        policy.tier,
        policy.channel,
        policy.destination,
        policy.template_key,
        policy.respects_quiet_hours,
        policy.is_enabled,
        policy.delay_microseconds,
        accounts.slip_microseconds,
        accounts.last_progress_at,
        clocks.slips_at
    from accounts
    cross join as_of
    inner join account_facts
        on accounts.account_id = account_facts.account_id
    inner join clocks
        on accounts.account_id = clocks.account_id
    inner join policy
        on accounts.path_key = policy.path_key
    where clocks.slips_at <= as_of.as_of

),

-- One waiting time after another on one clock is their sum on it.
due_requests as (

    select
        account_id,
        cast(tier as {{ dbt.type_string() }}) as request_key,
        last_progress_at as starts_at,
        slip_microseconds + delay_microseconds as microseconds
    from tiers_of_slipped_accounts

),

due_times as (

    {{ deadlines('due_requests', 'holds') }}

),

nudges_identified as (

    select
        {{ nudge_id(
            'as_of.namespace',
            'tiers_of_slipped_accounts.account_id',
            'tiers_of_slipped_accounts.cycle',
            'tiers_of_slipped_accounts.milestone_key',
            'tiers_of_slipped_accounts.tier',
            'tiers_of_slipped_accounts.channel'
        ) }} as nudge_id,
        tiers_of_slipped_accounts.*,
        due_times.deadline_at as due_at
    from tiers_of_slipped_accounts
    cross join as_of
    left join due_times
        on
            tiers_of_slipped_accounts.account_id = due_times.account_id
            and cast(tiers_of_slipped_accounts.tier as {{ dbt.type_string() }}) = due_times.request_key

),

-- A tier that left, or may have left, holds the next one back for the difference of their delays. What waits for a
-- person's answer does not hold back the tier that is a person.
lower_attempts as (

    select
        nudges_identified.nudge_id,
        ledger.last_attempted_at as attempted_at,
        nudges_identified.account_id,
        nudges_identified.delay_microseconds - lower_tiers.delay_microseconds as microseconds,
        row_number() over (partition by nudges_identified.nudge_id order by ledger.tier desc) as nearness
    from nudges_identified
    inner join nudges_identified as lower_tiers
        on
            nudges_identified.account_id = lower_tiers.account_id
            and nudges_identified.tier > lower_tiers.tier
    inner join ledger
        on lower_tiers.nudge_id = ledger.nudge_id
    where
        ledger.is_possibly_sent
        and ledger.last_attempted_at is not null
        and not (ledger.state = 'needs_review' and nudges_identified.channel = 'human')

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
        nudges_identified.nudge_id,
        nudges_identified.account_id,
        nudges_identified.path_key,
        nudges_identified.milestone_key,
        nudges_identified.channel,
        nudges_identified.destination,
        nudges_identified.template_key,
        nudges_identified.cycle,
        nudges_identified.tier,
        nudges_identified.respects_quiet_hours,
        nudges_identified.is_enabled,
        coalesce(nudges_identified.due_at <= as_of.as_of, false) as is_due,
        eligible_times.request_key is not null as is_after_lower_tier,
        nudges_identified.slips_at,
        nudges_identified.due_at,
        case
            when eligible_times.request_key is null then nudges_identified.due_at
            when eligible_times.deadline_at is null then null
            else greatest(nudges_identified.due_at, eligible_times.deadline_at)
        end as eligible_at,
        case
            when progress_known.milestone_order >= path.milestone_order then progress_known.cancelled_at
        end as cancelled_at
    from nudges_identified
    cross join as_of
    inner join path
        on
            nudges_identified.path_key = path.path_key
            and nudges_identified.milestone_key = path.milestone_key
    left join eligible_times
        on nudges_identified.nudge_id = eligible_times.request_key
    left join progress_known
        on nudges_identified.account_id = progress_known.account_id

)

select * from final
