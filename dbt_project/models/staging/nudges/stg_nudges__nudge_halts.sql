with source as (

    {{ read_columns(
        source('nudges', 'nudge_halts'),
        {
            'halt_id': 'string',
            'scope': 'string',
            'recorded_at': 'instant',
            'until_at': 'instant',
            'who': 'string',
            'why': 'string',
            'released_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        halt_id,
        scope,
        who,
        why,
        recorded_at,
        until_at,
        released_at
    from source

)

select * from renamed
