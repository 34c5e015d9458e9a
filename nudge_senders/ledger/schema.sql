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
    input_fingerprint varchar,
    wanted integer,
    slips integer,
    is_held boolean
)

-- name: add_wanted
-- What the next tick compares itself with; ledgers of version 1 and 2 are without.
alter table {schema}.ticks add column if not exists wanted integer

-- name: add_slips
alter table {schema}.ticks add column if not exists slips integer

-- name: add_is_held
alter table {schema}.ticks add column if not exists is_held boolean

-- name: create_nudge_halts
create table if not exists {schema}.nudge_halts (
    halt_id varchar,
    scope varchar,
    recorded_at timestamp,
    until_at timestamp,
    who varchar,
    why varchar,
    released_at timestamp,
    up_to integer,
    policy_hash varchar
)

-- name: add_up_to
-- What only the release of an anomaly carries; ledgers of version 1 are without.
alter table {schema}.nudge_halts add column if not exists up_to integer

-- name: add_policy_hash
alter table {schema}.nudge_halts add column if not exists policy_hash varchar

-- name: create_nudge_resolutions
-- Who answered for a nudge in doubt, and why: the entries themselves hold no names and no prose.
create table if not exists {schema}.nudge_resolutions (
    entry_id varchar,
    namespace varchar,
    nudge_id varchar,
    action varchar,
    kind varchar,
    recorded_at timestamp,
    who varchar,
    why varchar
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
--  * A provider's key may count as used where it accepted a request before it said that nothing left (a `retryable`
--    with a reference), and where a person says that nothing did.
-- Everything is ranked and grouped by the nudge and nothing is joined, so that a question about few nudges leaves the
-- rest of the ledger alone; an entry_id is of one nudge.
create or replace view {schema}.nudge_states as
with entries_counted_once as (
    select
        nudge_events.*,
        row_number() over (partition by namespace, nudge_id, action, entry_id order by recorded_at) as copy_number
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

-- Where the entries stand that tell the state: 0 for none.
places_found as (
    select
        entries_ordered.*,
        max(place) over (partition by namespace, nudge_id, action) as last_place,
        max(case when kind = 'resolved_not_sent' then place else 0 end)
            over (partition by namespace, nudge_id, action) as answered_place,
        max(case when kind in ('claimed', 'attempting') then place else 0 end)
            over (partition by namespace, nudge_id, action) as claimed_place,
        max(case when kind = 'attempting' then place else 0 end)
            over (partition by namespace, nudge_id, action) as attempting_place,
        max(case when provider_ref is not null then place else 0 end)
            over (partition by namespace, nudge_id, action) as provider_place,
        max(case when kind in ('attempting', 'uncertain', 'needs_review') then place else 0 end)
            over (partition by namespace, nudge_id, action, attempt) as doubted_place,
        max(case when kind in ('retryable', 'dead', 'suppressed') then place else 0 end)
            over (partition by namespace, nudge_id, action, attempt) as cleared_place
    from entries_ordered
),

entries_described as (
    select
        places_found.*,
        case when claimed_place > 0 then claimed_place else last_place end as described_place
    from places_found
),

nudges_summed as (
    select
        namespace,
        nudge_id,
        action,
        max(case when kind = 'sent' then 1 else 0 end) as has_sent,
        max(case when kind = 'resolved_sent' then 1 else 0 end) as has_resolved_sent,
        max(case when doubted_place > cleared_place and doubted_place > answered_place then 1 else 0 end) as has_doubt,
        min(case when doubted_place > cleared_place and doubted_place > answered_place then attempt end)
            as first_doubted_attempt,
        sum(
            case
                when kind = 'resolved_not_sent' or (kind = 'retryable' and provider_ref is not null) then 1 else 0
            end
        ) as keys_used,
        min(case when kind in ('sent', 'resolved_sent') then recorded_at end) as first_sent_at,
        min(case when kind = 'claimed' then recorded_at end) as first_claimed_at,
        min(case when kind = 'attempting' then recorded_at end) as first_attempted_at,
        max(case when kind = 'attempting' then recorded_at end) as last_attempted_at,
        count(distinct case when kind = 'attempting' then attempt end) as attempts,
        max(case when place = last_place then kind end) as last_kind,
        max(case when place = last_place then recorded_at end) as last_recorded_at,
        max(case when place = last_place then attempt end) as last_attempt,
        max(case when place = last_place then fence end) as fence,
        max(case when place = last_place then seq end) as last_seq,
        max(case when place = last_place then tick_id end) as tick_id,
        max(case when place = last_place then not_before end) as not_before,
        max(case when place = last_place then next_check_at end) as next_check_at,
        max(case when place = last_place then reason_code end) as reason_code,
        max(case when place = last_place then provider_status end) as provider_status,
        max(case when place = described_place then account_id end) as account_id,
        max(case when place = described_place then cycle end) as cycle,
        max(case when place = described_place then milestone_key end) as milestone_key,
        max(case when place = described_place then tier end) as tier,
        max(case when place = described_place then channel end) as channel,
        max(case when place = described_place then destination end) as destination,
        max(case when place = described_place then contact_id end) as contact_id,
        max(case when place = described_place then template_key end) as template_key,
        max(case when place = described_place then variant end) as variant,
        max(case when place = described_place then policy_hash end) as policy_hash,
        max(case when place = described_place then template_hash end) as described_template_hash,
        max(case when place = described_place then deadline_at end) as described_deadline_at,
        max(case when place = described_place then delivery_id end) as described_delivery_id,
        max(case when place = attempting_place then template_hash end) as attempted_template_hash,
        max(case when place = attempting_place then deadline_at end) as attempted_deadline_at,
        max(case when place = attempting_place then delivery_id end) as attempted_delivery_id,
        max(case when place = attempting_place then body_hash end) as body_hash,
        max(case when place = provider_place and place >= attempting_place then provider_ref end) as provider_ref
    from entries_described
    group by namespace, nudge_id, action
),

states_derived as (
    select
        nudges_summed.*,
        case
            when has_sent = 1 then 'sent'
            when has_resolved_sent = 1 then 'resolved_sent'
            when last_kind = 'attempting' then 'uncertain'
            when has_doubt = 1 and last_kind in ('claimed', 'retryable') then 'uncertain'
            else last_kind
        end as state
    from nudges_summed
),

final as (
    select
        namespace,
        nudge_id,
        action,
        state,
        case when state in ('sent', 'resolved_sent') then first_sent_at else last_recorded_at end as state_at,
        cast(attempts as integer) as attempts,
        fence,
        tick_id,
        account_id,
        cycle,
        milestone_key,
        tier,
        channel,
        destination,
        contact_id,
        template_key,
        variant,
        coalesce(attempted_template_hash, described_template_hash) as template_hash,
        policy_hash,
        first_claimed_at,
        first_attempted_at,
        last_attempted_at,
        -- What a person only confirms left when it was last tried, and not when the person answered.
        case
            when has_sent = 1 then first_sent_at
            when has_resolved_sent = 1 then coalesce(last_attempted_at, first_sent_at)
        end as sent_at,
        not_before,
        coalesce(attempted_deadline_at, described_deadline_at) as deadline_at,
        next_check_at,
        reason_code,
        provider_ref,
        provider_status,
        (state in ('sent', 'resolved_sent', 'uncertain', 'needs_review') or has_doubt = 1) as is_possibly_sent,
        last_kind,
        cast(last_seq as integer) as last_seq,
        cast(last_attempt as integer) as last_attempt,
        coalesce(attempted_delivery_id, described_delivery_id) as delivery_id,
        body_hash,
        cast(keys_used as integer) as keys_used,
        cast(first_doubted_attempt as integer) as first_doubted_attempt
    from states_derived
)

select * from final
