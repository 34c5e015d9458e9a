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
            'released_at': 'instant',
            'up_to': 'integer',
            'policy_hash': 'string'
        }
    ) }}

),

renamed as (

    select
        halt_id,
        scope,
        policy_hash,
        who,
        why,
        up_to,
        recorded_at,
        until_at,
        released_at
    from source

)

select * from renamed
