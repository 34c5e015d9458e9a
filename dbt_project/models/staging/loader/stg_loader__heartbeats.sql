with source as (

    {{ read_columns(
        source('loader', 'heartbeats'),
        {
            'source_name': 'string',
            'synced_through': 'instant',
            'loaded_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        source_name,
        synced_through,
        loaded_at
    from source

)

select * from renamed
