with source as (

    {{ read_columns(
        source('crm', 'account_aliases'),
        {
            'source_name': 'string',
            'external_id': 'string',
            'account_id': 'string',
            'updated_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        nullif(source_name, '') as source_name,
        nullif(external_id, '') as external_id,
        nullif(account_id, '') as account_id,
        updated_at
    from source

)

select * from renamed
