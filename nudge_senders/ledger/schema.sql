-- The ledger's tables. Read by migrate() only, statement by statement; {schema} is a checked identifier.
-- No keys and no constraints: cloud warehouses do not enforce them, and DuckDB's indexes make its log fragile.
-- What makes a double entry impossible is the lease, and what makes a repeated one harmless is its derived entry_id.

-- name: create_schema
create schema if not exists {schema}

-- name: create_nudge_events
create table if not exists {schema}.nudge_events (
    entry_id varchar,
    ledger_id varchar,
    namespace varchar,
    nudge_id varchar,
    delivery_id varchar,
    action varchar,
    kind varchar,
    attempt integer,
    fence bigint,
    seq integer,
    tick_id varchar,
    recorded_at timestamp,
    not_before timestamp,
    deadline_at timestamp,
    next_check_at timestamp,
    account_id varchar,
    cycle integer,
    milestone_key varchar,
    tier integer,
    channel varchar,
    destination varchar,
    contact_id varchar,
    recipient_hash varchar,
    template_key varchar,
    variant varchar,
    template_hash varchar,
    policy_hash varchar,
    body_hash varchar,
    provider_ref varchar,
    provider_status varchar,
    reason_code varchar,
    as_of timestamp
)

-- name: create_nudge_lease
create table if not exists {schema}.nudge_lease (
    holder varchar,
    fence bigint,
    tick_id varchar,
    tick_at timestamp,
    namespace varchar,
    expires_at timestamp,
    released_at timestamp
)

-- name: create_ticks
create table if not exists {schema}.ticks (
    tick_id varchar,
    namespace varchar,
    fence bigint,
    tick_at timestamp,
    as_of timestamp,
    finished_at timestamp,
    policy_hash varchar,
    due integer,
    queued integer,
    claimed integer,
    sent integer,
    retryable integer,
    dead integer,
    uncertain integer,
    needs_review integer,
    suppressed integer,
    cancelled integer,
    skipped integer,
    next_wake_at timestamp,
    input_fingerprint varchar
)

-- name: create_nudge_halts
create table if not exists {schema}.nudge_halts (
    halt_id varchar,
    scope varchar,
    recorded_at timestamp,
    until_at timestamp,
    who varchar,
    why varchar,
    released_at timestamp
)

-- name: create_ledger_meta
create table if not exists {schema}.ledger_meta (
    ledger_id varchar,
    schema_version integer,
    created_at timestamp
)

-- name: create_nudge_states
-- One row per (namespace, nudge, action): what the entries say about it now.
--  * Order is (fence, seq): what a superseded tick appends late sorts before what its successor wrote.
--  * `sent` and `resolved_sent` are absorbing, wherever they stand.
--  * An attempt is in doubt from its `attempting` until an entry that makes non-delivery certain (`retryable`, `dead`,
--    `suppressed` of the same attempt, or a person's `resolved_not_sent`). `cancelled` does not end doubt.
--  * While an attempt is in doubt the nudge cannot look sendable: `claimed` and `retryable` then read `uncertain`.
create or replace view {schema}.nudge_states as
with entries_counted_once as (
    select
        nudge_events.*,
        row_number() over (partition by entry_id order by recorded_at) as copy_number
    from {schema}.nudge_events
    where nudge_id is not null and kind <> 'opened'
),

entries_ordered as (
    select
        entries_counted_once.*,
        row_number() over (
            partition by namespace, nudge_id, action
            order by fence, seq, recorded_at, entry_id
        ) as place
    from entries_counted_once
    where copy_number = 1
),

nudges_summed as (
    select
        namespace,
        nudge_id,
        action,
        max(place) as last_place,
        max(case when kind = 'sent' then 1 else 0 end) as has_sent,
        max(case when kind = 'resolved_sent' then 1 else 0 end) as has_resolved_sent,
        max(case when kind = 'resolved_not_sent' then place else 0 end) as answered_place,
        min(case when kind in ('sent', 'resolved_sent') then recorded_at end) as first_sent_at,
        min(case when kind = 'claimed' then recorded_at end) as first_claimed_at,
        min(case when kind = 'attempting' then recorded_at end) as first_attempted_at,
        max(case when kind = 'attempting' then recorded_at end) as last_attempted_at,
        count(distinct case when kind = 'attempting' then attempt end) as attempts,
        max(case when kind in ('claimed', 'attempting') then place else 0 end) as described_place,
        max(case when kind = 'attempting' then place else 0 end) as attempting_place,
        max(case when provider_ref is not null then place else 0 end) as provider_place
    from entries_ordered
    group by namespace, nudge_id, action
),

attempts_summed as (
    select
        namespace,
        nudge_id,
        action,
        attempt,
        max(case when kind in ('attempting', 'uncertain', 'needs_review') then place else 0 end) as doubted_place,
        max(case when kind in ('retryable', 'dead', 'suppressed') then place else 0 end) as cleared_place
    from entries_ordered
    group by namespace, nudge_id, action, attempt
),

doubts_found as (
    select
        attempts_summed.namespace,
        attempts_summed.nudge_id,
        attempts_summed.action,
        max(
            case
                when attempts_summed.doubted_place > attempts_summed.cleared_place
                    and attempts_summed.doubted_place > nudges_summed.answered_place then 1
                else 0
            end
        ) as has_doubt
    from attempts_summed
    inner join nudges_summed
        on attempts_summed.namespace = nudges_summed.namespace
        and attempts_summed.nudge_id = nudges_summed.nudge_id
        and attempts_summed.action = nudges_summed.action
    group by attempts_summed.namespace, attempts_summed.nudge_id, attempts_summed.action
),

states_derived as (
    select
        nudges_summed.*,
        doubts_found.has_doubt,
        last_entry.kind as last_kind,
        case
            when nudges_summed.has_sent = 1 then 'sent'
            when nudges_summed.has_resolved_sent = 1 then 'resolved_sent'
            when last_entry.kind = 'attempting' then 'uncertain'
            when doubts_found.has_doubt = 1 and last_entry.kind in ('claimed', 'retryable') then 'uncertain'
            else last_entry.kind
        end as state,
        last_entry.recorded_at as last_recorded_at,
        last_entry.attempt as last_attempt,
        last_entry.fence,
        last_entry.seq as last_seq,
        last_entry.tick_id,
        last_entry.not_before,
        last_entry.next_check_at,
        last_entry.reason_code,
        last_entry.provider_status
    from nudges_summed
    inner join doubts_found
        on nudges_summed.namespace = doubts_found.namespace
        and nudges_summed.nudge_id = doubts_found.nudge_id
        and nudges_summed.action = doubts_found.action
    inner join entries_ordered as last_entry
        on nudges_summed.namespace = last_entry.namespace
        and nudges_summed.nudge_id = last_entry.nudge_id
        and nudges_summed.action = last_entry.action
        and nudges_summed.last_place = last_entry.place
),

final as (
    select
        states_derived.namespace,
        states_derived.nudge_id,
        states_derived.action,
        states_derived.state,
        case
            when states_derived.state in ('sent', 'resolved_sent') then states_derived.first_sent_at
            else states_derived.last_recorded_at
        end as state_at,
        cast(states_derived.attempts as integer) as attempts,
        states_derived.fence,
        states_derived.tick_id,
        described.account_id,
        described.cycle,
        described.milestone_key,
        described.tier,
        described.channel,
        described.destination,
        described.contact_id,
        described.template_key,
        described.variant,
        coalesce(attempted.template_hash, described.template_hash) as template_hash,
        described.policy_hash,
        states_derived.first_claimed_at,
        states_derived.first_attempted_at,
        states_derived.last_attempted_at,
        -- What a person only confirms left when it was last tried, and not when the person answered.
        case
            when states_derived.has_sent = 1 then states_derived.first_sent_at
            when states_derived.has_resolved_sent = 1
                then coalesce(states_derived.last_attempted_at, states_derived.first_sent_at)
        end as sent_at,
        states_derived.not_before,
        coalesce(attempted.deadline_at, described.deadline_at) as deadline_at,
        states_derived.next_check_at,
        states_derived.reason_code,
        receipt.provider_ref,
        states_derived.provider_status,
        (
            states_derived.state in ('sent', 'resolved_sent', 'uncertain', 'needs_review')
            or states_derived.has_doubt = 1
        ) as is_possibly_sent,
        states_derived.last_kind,
        cast(states_derived.last_seq as integer) as last_seq,
        cast(states_derived.last_attempt as integer) as last_attempt,
        coalesce(attempted.delivery_id, described.delivery_id) as delivery_id,
        attempted.body_hash
    from states_derived
    inner join entries_ordered as described
        on states_derived.namespace = described.namespace
        and states_derived.nudge_id = described.nudge_id
        and states_derived.action = described.action
        and described.place = case
            when states_derived.described_place > 0 then states_derived.described_place
            else states_derived.last_place
        end
    left join entries_ordered as attempted
        on states_derived.namespace = attempted.namespace
        and states_derived.nudge_id = attempted.nudge_id
        and states_derived.action = attempted.action
        and states_derived.attempting_place = attempted.place
    left join entries_ordered as receipt
        on states_derived.namespace = receipt.namespace
        and states_derived.nudge_id = receipt.nudge_id
        and states_derived.action = receipt.action
        and states_derived.provider_place = receipt.place
)

select * from final
