with source as (

    {{ read_columns(
        source('crm', 'account_touches'),
        {
            'touch_id': 'string',
            'account_id': 'string',
            'nudge_id': 'string',
            'kind': 'string',
            'occurred_at': 'instant',
            'until_at': 'instant',
            'noted_by': 'string',
            'loaded_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        touch_id,
        nullif(account_id, '') as account_id,
        nullif(nudge_id, '') as nudge_id,
        kind,
        noted_by,
        occurred_at,
        until_at,
        loaded_at
    from source

)

select * from renamed
