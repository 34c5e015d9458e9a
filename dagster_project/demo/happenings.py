"""What happens to accounts besides product events: holds, touches, runs of integrations, and answers to
earlier mails.

One statement per table, from the temp table `demo_accounts`. Stories decide who gets what (`stories`).
"""

from __future__ import annotations

from dagster_project.demo.accounts import Scale
from dagster_project.demo.names import FAILURES, pick_sql


def happening_inserts(scale: Scale) -> tuple[str, ...]:
    """Statements that fill the four tables, all in order of loading."""
    return (_holds(scale), _touches(scale), _sync_runs(scale), _feedback(scale))


def _holds(scale: Scale) -> str:
    """A hold before the slip stops the clock; one after it leaves the slip and pauses the nudges."""
    return f"""
    insert into crm.account_holds
    select account_id,
        case trait when 'hold_open' then 'legal review' when 'hold_current' then 'champion on holiday'
            else 'procurement' end,
        case trait when 'hold_open' then after_hours(slips_at, -0.5 * slip_hours)
            when 'hold_current' then timestamp '{scale.now}' - interval 12 hour
            else after_hours(signed_up_at, 10) end,
        case trait when 'hold_current' then timestamp '{scale.now}' + interval 5 day
            when 'hold_past' then after_hours(signed_up_at, 34) end,
        'csm'
    from demo_accounts where trait in ('hold_open', 'hold_current', 'hold_past') order by 3, 1
    """


def _touches(scale: Scale) -> str:
    """The CSM was there after the slip."""
    return f"""
    insert into crm.account_touches
    select 'touch_' || idx, account_id, null,
        case trait when 'with_csm'
            then {pick_sql(["meeting", "call", "customer_reply"], "draw('touch', idx)")} else trait end,
        touched_at, case trait when 'snoozed' then timestamp '{scale.now}' + interval 4 day end, 'csm',
        touched_at + interval 5 minute
    from (select *,
        timestamp '{scale.now}' - to_minutes((30 + 90 * draw('touched', idx))::bigint) as touched_at
        from demo_accounts where trait in ('with_csm', 'handled', 'snoozed'))
    order by touched_at, idx
    """


def _sync_runs(scale: Scale) -> str:
    """A run every few hours in the first days; where the integration fails, the newest run says why."""
    failure = f"1 + floor({len(FAILURES)} * draw('failure', idx))::integer"
    integrations, codes, messages = (list(values) for values in zip(*FAILURES, strict=True))
    share = f"({failure} - 0.5) / {len(FAILURES)}"
    return f"""
    insert into integrations.sync_runs
    with connected as (
        select idx, min(received_at) as connected_at from demo_completions join demo_accounts using (idx)
        join demo_steps using (path_key, milestone_order) where is_integration group by idx
    ),
    started as (
        select accounts.*, connected_at from demo_accounts as accounts left join connected using (idx)
        where population = 'history' and has_life
            and (has_failing_integration or connected_at <= timestamp '{scale.now}')
    ),
    runs as (
        select *, place, case when has_failing_integration then after_hours(signed_up_at, 0.5)
            else connected_at end
            + to_minutes((place * 170 + 25 * draw('run' || place, idx))::bigint) as finished_at
        from started, unnest(range(12)) as attempts(place)
    ),
    told as (
        select *, has_failing_integration or place < 11 and draw('flaky' || place, idx) < 0.05 as is_failed
        from runs where finished_at <= timestamp '{scale.now}' - interval 1 minute
    )
    select 'run-' || idx || '-' || place, account_id, {pick_sql(integrations, share)},
        case when is_failed then 'failed' else 'succeeded' end,
        case when is_failed then {pick_sql(codes, share)} end, case when is_failed
            then {pick_sql(messages, share)} end,
        'https://logs.vendor.example/runs/' || idx || '/' || place, finished_at,
            finished_at + interval 30 second
    from told order by finished_at, idx, place
    """


def _feedback(scale: Scale) -> str:
    """What people did with the product's earlier mails, before the agent came."""
    return f"""
    insert into feedback.message_events
    with told as (
        select idx, contact_id, 'unsubscribed' as event_type from demo_accounts
            join demo_crm_contacts using (account_id)
        where trait = 'opted_out' and draw('opt', idx) >= 0.34 and draw('opt', idx) < 0.67
        union all
        select idx, contact_id,
            {pick_sql(["complaint_to_csm", "spam_reported", "negative_reply"], "draw('complaint', idx)")}
        from demo_accounts join demo_crm_contacts using (account_id) where trait = 'complaint'
            and contact_id like '%\\_0' escape '\\'
        union all
        select idx, contact_id, kind from demo_accounts join demo_crm_contacts using (account_id),
            unnest(['delivered', 'opened', 'clicked']) as kinds(kind)
        where population = 'history' and contact_id like '%\\_0' escape '\\'
            and signed_up_at < timestamp '{scale.now}' - interval 2 hour
            and draw('mail' || kind, idx) < case kind when 'delivered' then 0.9 when 'opened' then 0.4
                else 0.1 end
    ),
    timed as (
        select *, case when event_type in ('delivered', 'opened', 'clicked')
            then timestamp '{scale.now}' - to_minutes((2 + 5000 * draw('mailed' || event_type, idx))::bigint)
            else timestamp '{scale.now}' - to_minutes((60 + 600 * draw('said', idx))::bigint)
                end as occurred_at from told
    )
    select 'f-' || contact_id || '-' || event_type, null, 'mail-' || contact_id, contact_id, 'hubspot',
        event_type,
        occurred_at, occurred_at + interval 2 minute
    from timed order by occurred_at, contact_id, event_type
    """
