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

runs_ranked as (

    select
        account_ids.account_id,
        sync_runs.integration,
        sync_runs.status,
        sync_runs.error_code,
        sync_runs.error_message,
        sync_runs.log_url,
        sync_runs.finished_at,
        row_number() over (
            partition by account_ids.account_id, sync_runs.integration
            order by sync_runs.finished_at desc, sync_runs.sync_run_id desc
        ) as recency
    from sync_runs
    cross join as_of
    inner join account_ids
        on sync_runs.account_id = account_ids.external_id
    where
        sync_runs.finished_at <= as_of.tick_at
        and coalesce(sync_runs.loaded_at, as_of.tick_at) <= as_of.tick_at

),

-- An integration is failing while its latest run failed; a later success mends it.
runs_failed_last as (

    select
        *,
        row_number() over (partition by account_id order by finished_at desc, integration) as recency_in_account
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
