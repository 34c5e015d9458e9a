with source as (

    {{ read_columns(
        source('nudges', 'nudge_lease'),
        {
            'holder': 'string',
            'fence': 'integer',
            'tick_id': 'string',
            'tick_at': 'instant',
            'namespace': 'string',
            'expires_at': 'instant',
            'released_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        tick_id,
        holder,
        namespace,
        fence,
        tick_at,
        expires_at,
        released_at
    from source

)

select * from renamed
