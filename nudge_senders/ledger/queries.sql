-- Every statement that the ledger runs after migrate(), one under each `-- name:` line. Values are bound (:name) and
-- never written into the text; a list bound to :names_in stands for as many values. {schema} is a checked identifier.
-- They run on every engine (the types are mapped in dialects.py), so a select with `where` has a `from`.

-- name: is_present
-- Does the ledger exist here at all?
select count(*) as number_of_tables
from information_schema.tables
where lower(table_schema) = lower(:schema_name)
    and lower(table_name) in ('nudge_events', 'nudge_lease', 'ticks', 'nudge_halts', 'ledger_meta', 'nudge_states')

-- name: read_meta
select ledger_id, schema_version, created_at from {schema}.ledger_meta

-- name: write_meta
insert into {schema}.ledger_meta (ledger_id, schema_version, created_at)
select cast(:ledger_id as varchar), cast(:schema_version as integer), cast(:created_at as timestamp)
from (select 1 as one) as one_row
where not exists (select 1 from {schema}.ledger_meta)

-- name: raise_version
-- Beside the lease the one update there is: a migration has made the tables those of this version.
update {schema}.ledger_meta
set schema_version = cast(:schema_version as integer)
where schema_version < :schema_version

-- name: write_first_lease
-- The one row that all ticks compare and set; it starts out released.
insert into {schema}.nudge_lease (holder, fence, expires_at, released_at)
select cast('nobody' as varchar), 0, cast(:now as timestamp), cast(:now as timestamp)
from (select 1 as one) as one_row
where not exists (select 1 from {schema}.nudge_lease)

-- name: read_lease
select holder, fence, tick_id, tick_at, namespace, expires_at, released_at from {schema}.nudge_lease

-- name: take_lease
-- Compare-and-set: nothing happens unless the row is still as it was read.
update {schema}.nudge_lease
set holder = :holder, fence = fence + 1, tick_id = :tick_id, tick_at = :tick_at, namespace = :namespace,
    expires_at = :expires_at, released_at = null
where fence = :seen_fence and holder = :seen_holder

-- name: prolong_lease
update {schema}.nudge_lease
set expires_at = :expires_at
where fence = :fence and holder = :holder and released_at is null and expires_at > :now

-- name: touch_held_lease
-- Changes nothing, but makes this transaction collide with every other that touches the lease: two claimers cannot
-- both commit, and none can commit after the lease went to somebody else.
update {schema}.nudge_lease
set fence = fence
where fence = :fence and holder = :holder and released_at is null and expires_at > :now

-- name: touch_own_fence
-- As above for outcomes, which count as long as nobody took over, even when the lease ran out.
update {schema}.nudge_lease
set fence = fence
where fence = :fence and holder = :holder

-- name: free_lease
update {schema}.nudge_lease
set released_at = :now
where fence = :fence and holder = :holder and released_at is null

-- name: read_states
select * from {schema}.nudge_states where namespace = :namespace order by nudge_id, action

-- name: read_states_of
select * from {schema}.nudge_states where namespace = :namespace and nudge_id in (:nudge_ids_in)

-- name: read_doubtful
-- What the next settling looks at: in doubt, or claimed by a tick that is gone.
select * from {schema}.nudge_states
where namespace = :namespace
    and (
        (state in ('uncertain', 'claimed') and fence < :fence)
        or (state = 'uncertain' and last_kind = 'uncertain' and fence = :fence)
    )

-- name: count_states
select state, count(*) as number_of_nudges from {schema}.nudge_states where namespace = :namespace group by state

-- name: read_entries_of_nudge
select * from {schema}.nudge_events where nudge_id = :nudge_id order by namespace, action, fence, seq, recorded_at

-- name: read_entries_of_account
select * from {schema}.nudge_events
where account_id = :account_id
order by recorded_at, namespace, nudge_id, action, fence, seq

-- name: read_opened_at
select min(recorded_at) as opened_at from {schema}.nudge_events where namespace = :namespace and kind = 'opened'

-- name: count_entries
select
    count(*) as number_of_entries,
    coalesce(max(fence), 0) as highest_fence
from {schema}.nudge_events
where namespace = :namespace

-- name: find_strange_entries
-- Entries that this version did not write: unknown words, or another ledger's.
select nudge_events.kind, nudge_events.action, nudge_events.ledger_id, count(*) as number_of_entries
from {schema}.nudge_events
cross join {schema}.ledger_meta
where nudge_events.kind is null
    or nudge_events.kind not in (:kinds_in)
    or (nudge_events.kind <> 'opened' and (nudge_events.action is null or nudge_events.action not in (:actions_in)))
    or nudge_events.ledger_id is null
    or nudge_events.ledger_id <> ledger_meta.ledger_id
group by nudge_events.kind, nudge_events.action, nudge_events.ledger_id
order by number_of_entries desc
limit 5

-- name: read_last_tick
select * from {schema}.ticks where namespace = :namespace order by finished_at desc, fence desc limit 1

-- name: write_tick
insert into {schema}.ticks (
    tick_id, namespace, fence, tick_at, as_of, finished_at, policy_hash, due, queued, claimed, sent, retryable, dead,
    uncertain, needs_review, suppressed, cancelled, skipped, next_wake_at, input_fingerprint, wanted, slips, is_held
)
select
    cast(:tick_id as varchar), cast(:namespace as varchar), cast(:fence as bigint), cast(:tick_at as timestamp),
    cast(:as_of as timestamp), cast(:finished_at as timestamp), cast(:policy_hash as varchar), cast(:due as integer),
    cast(:queued as integer), cast(:claimed as integer), cast(:sent as integer), cast(:retryable as integer),
    cast(:dead as integer), cast(:uncertain as integer), cast(:needs_review as integer), cast(:suppressed as integer),
    cast(:cancelled as integer), cast(:skipped as integer), cast(:next_wake_at as timestamp),
    cast(:input_fingerprint as varchar), cast(:wanted as integer), cast(:slips as integer), cast(:is_held as boolean)
from (select 1 as one) as one_row
where not exists (
    select 1 from {schema}.ticks as finished where finished.tick_id = :tick_id and finished.namespace = :namespace
)

-- name: write_resolution
insert into {schema}.nudge_resolutions (entry_id, namespace, nudge_id, action, kind, recorded_at, who, why)
select
    cast(:entry_id as varchar), cast(:namespace as varchar), cast(:nudge_id as varchar), cast(:action as varchar),
    cast(:kind as varchar), cast(:recorded_at as timestamp), cast(:who as varchar), cast(:why as varchar)
from (select 1 as one) as one_row
where not exists (select 1 from {schema}.nudge_resolutions as known where known.entry_id = :entry_id)

-- name: read_halts
-- A release is a further row with the same halt_id; the latest row of a halt tells whether it is in force.
select halt_id, scope, recorded_at, until_at, who, why, released_at, up_to, policy_hash
from {schema}.nudge_halts
order by recorded_at, released_at nulls first

-- name: read_rest_and_success
-- When the last rest of a destination ends that it was given for failing, and when it last took something.
select
    (
        select max(until_at) from {schema}.nudge_halts where scope = :scope and who = :who and released_at is null
    ) as rests_until,
    (
        select max(recorded_at) from {schema}.nudge_events where destination = :destination and kind = 'sent'
    ) as last_sent_at

-- name: write_halt
insert into {schema}.nudge_halts (halt_id, scope, recorded_at, until_at, who, why, released_at, up_to, policy_hash)
select
    cast(:halt_id as varchar), cast(:scope as varchar), cast(:recorded_at as timestamp), cast(:until_at as timestamp),
    cast(:who as varchar), cast(:why as varchar), cast(:released_at as timestamp), cast(:up_to as integer),
    cast(:policy_hash as varchar)
