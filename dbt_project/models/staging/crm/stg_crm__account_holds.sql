with source as (

    {{ read_columns(
        source('crm', 'account_holds'),
        {
            'account_id': 'string',
            'reason': 'string',
            'held_from': 'instant',
            'held_until': 'instant',
            'noted_by': 'string'
        }
    ) }}

),

renamed as (

    select
        nullif(account_id, '') as account_id,
        reason,
        noted_by,
        held_from,
        held_until
    from source

)

select * from renamed
