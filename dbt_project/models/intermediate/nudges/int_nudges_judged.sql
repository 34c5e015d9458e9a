with nudges as (

    select * from {{ ref('int_nudges_scheduled') }}
    where is_due

),

accounts as (

    select * from {{ ref('int_accounts_guarded') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

escalations as (

    select * from {{ ref('int_accounts_escalated') }}

),

expiries as (

    select * from {{ ref('int_nudges_expired') }}

),

recipients as (

    select * from {{ ref('int_recipients_chosen') }}

),

quiet_hours as (

    select * from {{ ref('int_quiet_hours') }}

),

sources as (

    select * from {{ ref('int_sources_checked') }}

),

ledger_entries as (

    select * from {{ ref('stg_nudges__nudge_events') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

ledger_opening as (

    select min(ledger_entries.recorded_at) as opened_at
    from ledger_entries
    inner join as_of
        on ledger_entries.namespace = as_of.namespace
    where ledger_entries.kind = 'opened'

),

source_freshness as (

    select
        coalesce(max(case when is_stale then 1 else 0 end), 0) = 1 as is_any_stale,
        coalesce(max(case when is_volume_low then 1 else 0 end), 0) = 1 as is_any_volume_low
    from sources

),

-- One ordered list: the first reason that applies is the one that is given.
nudges_with_own_reason as (

    select
        nudges.*,
        accounts.arm,
        recipients.contact_id,
        recipients.recipient_reason,
        case
            -- What was taken back does not come back by itself, whatever became of its delivery.
            when ledger.state in ('sent', 'resolved_sent') or ledger.is_withdrawn then 'already_sent'
            when ledger.state = 'needs_review' then 'needs_review'
            -- A doubt that says when it may be repeated is one that the provider's own key makes harmless.
            when
                ledger.is_possibly_sent
                and not coalesce(ledger.state = 'uncertain' and ledger.not_before <= as_of.tick_at, false)
                then 'in_doubt'
            when escalations.account_id is not null then 'escalated'
            when accounts.account_reason_code is not null then accounts.account_reason_code
            when nudges.cancelled_at is not null then 'milestone_resolved'
            when as_of.namespace like '%/live' and ledger_opening.opened_at is null then 'ledger_not_open'
            when as_of.namespace like '%/live' and nudges.slips_at < ledger_opening.opened_at
                then 'slipped_before_opening'
            when accounts.is_window_over then 'window_over'
            when ledger.state = 'dead' then 'dead'
            when ledger.state in ('suppressed', 'cancelled') then 'closed_at_recheck'
            when expiries.is_expired then 'expired'
            when not nudges.is_enabled then 'tier_disabled'
            when nudges.is_handed_over then 'handed_to_csm'
            when nudges.channel in ('in_app', 'email') and accounts.has_complaint then 'complaint'
            when nudges.channel in ('in_app', 'email') and recipients.nudge_id is null then 'no_reachable_contact'
            when nudges.channel in ('in_app', 'email') and recipients.blocked_by is not null then recipients.blocked_by
            when nudges.channel = 'human' and not accounts.is_csm_allowed then 'recipient_not_allowed'
            when source_freshness.is_any_stale then 'source_stale'
            when source_freshness.is_any_volume_low then 'source_volume_low'
            when ledger.state = 'retryable' and ledger.not_before > as_of.tick_at then 'retry_later'
        end as own_reason_code,
        -- Somebody whose place and time nobody knows is asleep.
        coalesce(quiet_hours.is_quiet, true) as is_quiet
    from nudges
    cross join as_of
    cross join source_freshness
    cross join ledger_opening
    inner join accounts
        on nudges.account_id = accounts.account_id
    left join ledger
        on nudges.nudge_id = ledger.nudge_id
    left join escalations
        on nudges.account_id = escalations.account_id
    left join expiries
        on nudges.nudge_id = expiries.nudge_id
    left join recipients
        on nudges.nudge_id = recipients.nudge_id
    left join quiet_hours
        on
            accounts.country_code = quiet_hours.country_code
            and coalesce(recipients.timezone, accounts.timezone) = quiet_hours.timezone

),

-- Open is a tier that will leave now or later; one that has closed without leaving holds nothing back.
nudges_against_lower_tiers as (

    select
        *,
        coalesce(
            max(case
                when
                    own_reason_code is null
                    or {{ decision_of('own_reason_code') }} = 'defer'
                    then 1
                else 0
            end) over (
                partition by account_id
                order by tier
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) = 1 as has_open_lower_tier
    from nudges_with_own_reason

),

nudges_reasoned as (

    select
        nudges_against_lower_tiers.*,
        case
            when nudges_against_lower_tiers.own_reason_code is not null then nudges_against_lower_tiers.own_reason_code
            when nudges_against_lower_tiers.has_open_lower_tier then 'earlier_tier_open'
            when coalesce(nudges_against_lower_tiers.eligible_at > as_of.as_of, true) then 'earlier_tier_too_recent'
            when nudges_against_lower_tiers.respects_quiet_hours and nudges_against_lower_tiers.is_quiet
                then 'quiet_hours'
            else 'send'
        end as reason_code
    from nudges_against_lower_tiers
    cross join as_of

),

final as (

    select
        nudge_id,
        account_id,
        path_key,
        milestone_key,
        channel,
        destination,
        template_key,
        arm,
        {{ decision_of('reason_code') }} as decision,
        reason_code,
        contact_id,
        recipient_reason,
        cycle,
        tier,
        slips_at,
        due_at,
        eligible_at
    from nudges_reasoned

)

select * from final
