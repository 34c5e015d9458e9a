with sync_runs as (

    select * from {{ ref('stg_integrations__sync_runs') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

nudges_timed as (

    select * from {{ ref('int_nudges_timed') }}

),

accounts_guarded as (

    select * from {{ ref('int_accounts_guarded') }}

),

accounts_written_to as (

    select distinct nudges_timed.account_id
    from nudges_timed
    cross join as_of
    inner join accounts_guarded
        on nudges_timed.account_id = accounts_guarded.account_id
    where
        nudges_timed.due_at <= as_of.as_of
        and not accounts_guarded.is_window_over
        and coalesce(accounts_guarded.account_reason_code, '') not in ('internal', 'churned', 'not_enrolled', 'control')

),

-- The runs of years are read for the few accounts that a message may be about, and for no other.
ids_of_accounts_written_to as (

    select
        account_ids.external_id,
        account_ids.account_id
    from accounts_written_to
    inner join account_ids
        on accounts_written_to.account_id = account_ids.account_id

),

-- Beside the few accounts and not beside the many runs, or the engine reads all runs before it looks for them.
ids_at_tick as (

    select
        ids_of_accounts_written_to.external_id,
        ids_of_accounts_written_to.account_id,
        as_of.tick_at
    from ids_of_accounts_written_to
    cross join as_of

),

runs_known as (

    select
        ids_at_tick.account_id,
        sync_runs.sync_run_id,
        sync_runs.integration,
        sync_runs.status,
        sync_runs.error_code,
        sync_runs.error_message,
        sync_runs.log_url,
        sync_runs.finished_at
    from ids_at_tick
    inner join sync_runs
        on ids_at_tick.external_id = sync_runs.account_id
    where
        sync_runs.finished_at <= ids_at_tick.tick_at
        and coalesce(sync_runs.loaded_at <= ids_at_tick.tick_at, true)

),

-- An integration is failing while its latest run failed; a later success mends it.
runs_ranked as (

    select
        *,
        row_number() over (
            partition by account_id, integration
            order by finished_at desc nulls last, sync_run_id desc nulls last
        ) as recency
    from runs_known

),

integrations_failing as (

    select
        *,
        row_number() over (
            partition by account_id
            order by
                finished_at desc nulls last,
                case when integration is null then 1 else 0 end asc,
                integration asc
        ) as recency_in_account
    from runs_ranked
    where recency = 1 and status in ('failed', 'failure', 'error', 'errored')

),

final as (

    select
        account_id,
        integration,
        error_code,
        error_message,
        log_url,
        finished_at as failed_at
    from integrations_failing
    where recency_in_account = 1

)

select * from final
