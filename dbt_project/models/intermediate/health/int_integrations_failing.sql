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

runs_known as (

    select
        account_ids.account_id,
        sync_runs.sync_run_id,
        sync_runs.integration,
        sync_runs.status,
        sync_runs.error_code,
        sync_runs.error_message,
        sync_runs.log_url,
        sync_runs.finished_at
    from sync_runs
    cross join as_of
    inner join account_ids
        on sync_runs.account_id = account_ids.external_id
    where
        sync_runs.finished_at <= as_of.tick_at
        and coalesce(sync_runs.loaded_at, as_of.tick_at) <= as_of.tick_at

),

last_runs as (

    select
        account_id,
        integration,
        max(finished_at) as finished_at
    from runs_known
    group by account_id, integration

),

-- Few runs are the last ones: ranking those alone spares sorting the history.
runs_ranked as (

    select
        runs_known.account_id,
        runs_known.integration,
        runs_known.status,
        runs_known.error_code,
        runs_known.error_message,
        runs_known.log_url,
        runs_known.finished_at,
        row_number() over (
            partition by runs_known.account_id, runs_known.integration
            order by runs_known.sync_run_id desc
        ) as recency
    from runs_known
    inner join last_runs
        on
            runs_known.account_id = last_runs.account_id
            and runs_known.integration is not distinct from last_runs.integration
            and runs_known.finished_at = last_runs.finished_at

),

-- An integration is failing while its latest run failed; a later success mends it.
runs_failed_last as (

    select
        *,
        row_number() over (partition by account_id order by finished_at desc, integration asc) as recency_in_account
    from runs_ranked
    where
        recency = 1
        and status in ('failed', 'failure', 'error', 'errored')

),

final as (

    select
        account_id,
        integration,
        error_code,
        'unknown' as error_class,
        error_message,
        log_url,
        finished_at as failed_at
    from runs_failed_last
    where recency_in_account = 1

)

select * from final
