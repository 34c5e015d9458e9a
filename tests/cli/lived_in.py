"""A house after a tick: marts with four accounts, a real ledger with entries, a queue with one nudge.

The marts are written by hand with the columns of their contracts, so that no dbt runs here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from nudge_senders.ledger import open_ledger
from tests.validation.house import House

MARTS = """
create schema onboarding;
create schema onboarding_intermediate;
create schema onboarding_staging;

create table onboarding_intermediate.int_as_of as
select 't1' as tick_id, 'dev/shadow' as namespace, timestamp '2026-01-10 12:05:00' as tick_at,
    timestamp '2026-01-10 12:00:00' as as_of, false as is_replay;

create table onboarding.dim_accounts as
select * from (
    values
        ('acme', 'Acme & Sons', 'default', 'smb', 'pro', 'ada@csm.example', timestamp '2026-01-01 07:00:00',
            null),
        ('globex', 'Globex', 'default', null, null, null, timestamp '2026-01-02 07:00:00', null),
        ('initech', 'Initech', 'default', null, null, 'ada@csm.example', timestamp '2026-01-03 07:00:00',
            timestamp '2026-01-09 00:00:00'),
        ('hooli', 'Hooli', 'default', null, null, 'bob@csm.example', timestamp '2026-01-04 07:00:00', null)
) as accounts (account_id, account_name, path_key, segment, plan, csm_email, signed_up_at, churned_at);
alter table onboarding.dim_accounts add column cycle integer default 1;
alter table onboarding.dim_accounts add column timezone varchar default 'Europe/Berlin';
alter table onboarding.dim_accounts add column is_internal boolean default false;

create table onboarding.fct_onboarding_progress as
select
    account_id, path_key, signed_up_at, 2 as milestones_completed,
    'team_member_invited' as furthest_milestone_key,
    timestamp '2026-01-03 10:00:00' as last_progress_at, 'integration_connected' as next_milestone_key,
    timestamp '2026-01-05 10:00:00' as next_milestone_expected_by,
    case when account_id = 'globex' then null else timestamp '2026-01-06 10:00:00' end as slips_at,
    account_id <> 'globex' as is_slipped, 122.0::double as hours_overdue,
    null::timestamp as escalated_at, null::timestamp as first_value_at,
    timestamp '2026-01-10 12:00:00' as as_of
from onboarding.dim_accounts;

create table onboarding.fct_account_milestones as
select
    account_id, 'default' as path_key, milestone_key, milestone_order, status,
    case when status = 'completed' then timestamp '2026-01-03 10:00:00' end as completed_at,
    case when status = 'completed' then timestamp '2026-01-03 10:05:00' end as first_known_at
from onboarding.dim_accounts
cross join (
    values ('workspace_created', 1, 'completed'), ('team_member_invited', 2, 'completed'),
        ('integration_connected', 3, 'next'), ('first_data_uploaded', 4, 'upcoming'),
        ('first_report_generated', 5, 'upcoming')
) as milestones (milestone_key, milestone_order, status);

create table onboarding.fct_experiment_assignments as
select 'ttfv_nudge' as experiment_key, 'acme' as account_id, 17 as bucket, 'treatment' as arm, 1 as epoch,
    timestamp '2026-01-01 08:00:00' as assigned_at;

create table onboarding.fct_nudge_decisions as
select * from (
    values
        ('n1', 'acme', 1, 'in_app', 'intercom', 'done', 'already_sent', 'c1', 'role'),
        ('n2', 'acme', 2, 'email', 'hubspot', 'send', 'send', 'c1', 'role'),
        ('n3', 'acme', 3, 'human', 'slack', 'defer', 'earlier_tier_open', null, null),
        ('n4', 'hooli', 1, 'in_app', 'intercom', 'suppress', 'not_enrolled', null, null)
) as decisions (
    nudge_id, account_id, tier, channel, destination, decision, reason_code, contact_id, recipient_reason
);
alter table onboarding.fct_nudge_decisions
add column milestone_key varchar default 'integration_connected';
alter table onboarding.fct_nudge_decisions
add column due_at timestamp default timestamp '2026-01-06 11:00:00';
alter table onboarding.fct_nudge_decisions
add column eligible_at timestamp default timestamp '2026-01-06 11:00:00';
alter table onboarding.fct_nudge_decisions add column tick_id varchar default 't1';
alter table onboarding.fct_nudge_decisions add column namespace varchar default 'dev/shadow';
alter table onboarding.fct_nudge_decisions add column path_key varchar default 'default';
alter table onboarding.fct_nudge_decisions add column template_key varchar;
update onboarding.fct_nudge_decisions
set template_key = case tier when 1 then 'in_app_hint' when 2 then 'email_how_to' else 'csm_alert' end;

create table onboarding_intermediate.int_critical_path as
select * from (
    values
        ('default', 'team_member_invited', 'Team member invited', 2, 5, 'https://help.example.com/invite'),
        ('default', 'integration_connected', 'Integration connected', 3, 5, 'https://help.example.com/connect')
) as path (path_key, milestone_key, milestone_name, milestone_order, milestones_total, how_to_url);
create table onboarding_intermediate.int_nudge_policy as
select * from (
    values ('default', 1, 3600000000), ('default', 2, 90000000000), ('default', 3, 176400000000)
) as policy (path_key, tier, delay_microseconds);
create table onboarding_intermediate.int_holds_merged (
    account_id varchar, held_from timestamp, held_until timestamp
);
create table onboarding_intermediate.int_accounts_touched (account_id varchar, with_csm_until timestamp);
create table onboarding_intermediate.int_accounts_complained (account_id varchar);

create table onboarding_intermediate.int_nudges_scheduled as
select 'n9' as nudge_id, 'globex' as account_id, 'integration_connected' as milestone_key, 1 as tier,
    timestamp '2026-01-12 09:00:00' as due_at;

create table onboarding.fct_nudge_decision_changes as
select 'n1' as nudge_id, 'acme' as account_id, 'dev/shadow' as namespace,
    'integration_connected' as milestone_key,
    1 as tier, 'suppress' as decision, 'no_reachable_contact' as reason_code,
    timestamp '2026-01-06 11:05:00' as tick_at;

create table onboarding_intermediate.int_crm_holds_resolved as
select 'acme' as account_id, 'legal review' as reason, timestamp '2026-01-04 00:00:00' as held_from,
    null::timestamp as held_until;
create table onboarding_intermediate.int_touches_resolved as
select 'acme' as account_id, 'snoozed' as kind, timestamp '2026-01-08 09:00:00' as occurred_at,
    timestamp '2026-01-20 00:00:00' as until_at, 'ada' as noted_by;
create table onboarding_intermediate.int_contacts_resolved as
select 'c1' as contact_id, 'acme' as account_id, 'admin' as role, 'u1' as user_id,
    'ada@acme.example' as email, 'Ada' as full_name, 'consent_missing' as email_blocked_by,
    timestamp '2026-01-07 10:00:00' as last_seen_at;
create table onboarding_staging.stg_crm__accounts as
select * from (values ('acme'), ('globex'), ('initech'), ('hooli'), ('newcomer')) as accounts (account_id);
create table onboarding_intermediate.int_account_ids_resolved as
select * from (
    values ('', 'acme', 'acme'), ('', 'old-acme', 'acme'), ('segment', 'workspace-7', 'acme')
) as ids (source_scope, external_id, account_id);

create table onboarding.sync_nudge_queue as
select
    't1' as tick_id, 'dev/shadow' as namespace, 'n2' as nudge_id, 'deliver' as action, 'acme' as account_id,
    'Acme & Sons' as account_name, 'integration_connected' as milestone_key,
    'Integration connected' as milestone_name, 2 as tier, 'email' as channel, 'hubspot' as destination,
    'email_how_to' as template_key, 'integration_connected' as template_milestone_key,
    'https://help.example.com/videos/connect-an-integration' as how_to_url, 'Ada Lovelace' as contact_name;
"""

ENTRIES = """
insert into nudges.nudge_events by name
select
    'e' || seq as entry_id, (select ledger_id from nudges.ledger_meta) as ledger_id,
    'dev/shadow' as namespace,
    nudge_id, 'deliver' as action, kind, 1 as attempt, 1 as fence, seq, 't0' as tick_id,
    timestamp '2026-01-07 08:00:00' + to_seconds(seq) as recorded_at, account_id, 1 as cycle,
    'integration_connected' as milestone_key, tier, channel, 'outbox' as destination,
    template_key, reason_code
from (
    values
        (1, 'n1', 'acme', 1, 'in_app', 'in_app_hint', 'claimed', null),
        (2, 'n1', 'acme', 1, 'in_app', 'in_app_hint', 'attempting', null),
        (3, 'n1', 'acme', 1, 'in_app', 'in_app_hint', 'sent', null),
        (4, 'n5', 'initech', 2, 'email', 'email_how_to', 'claimed', null),
        (5, 'n5', 'initech', 2, 'email', 'email_how_to', 'attempting', null),
        (6, 'n5', 'initech', 2, 'email', 'email_how_to', 'uncertain', 'call_failed')
) as entries (seq, nudge_id, account_id, tier, channel, template_key, kind, reason_code)
"""


def live_in(house: House) -> House:
    """Marts, ledger and queue as a tick leaves them. The ledger is a real, migrated one."""
    house.sql("drop schema nudges cascade")
    clock = datetime(2026, 1, 7, 8, tzinfo=UTC)
    open_ledger(house.warehouse, schema="nudges", clock=lambda: clock).migrate()
    house.sql(MARTS)
    house.sql(ENTRIES)
    return house
