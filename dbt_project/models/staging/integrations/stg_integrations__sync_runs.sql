with source as (

    {{ read_columns(
        source('integrations', 'sync_runs'),
        {
            'sync_run_id': 'string',
            'account_id': 'string',
            'integration': 'string',
            'status': 'string',
            'error_code': 'string',
            'error_message': 'string',
            'log_url': 'string',
            'finished_at': 'instant',
            'loaded_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        sync_run_id,
        nullif(account_id, '') as account_id,
        integration,
        lower(status) as status,
        error_code,
        error_message,
        log_url,
        finished_at,
        loaded_at
    from source

)

select * from renamed
