with source as (

    {{ read_columns(
        source('feedback', 'message_events'),
        {
            'event_id': 'string',
            'nudge_id': 'string',
            'provider_message_id': 'string',
            'contact_id': 'string',
            'provider': 'string',
            'event_type': 'string',
            'occurred_at': 'instant',
            'loaded_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        event_id,
        nullif(nudge_id, '') as nudge_id,
        provider_message_id,
        nullif(contact_id, '') as contact_id,
        provider,
        lower(event_type) as event_type,
        occurred_at,
        loaded_at
    from source

)

select * from renamed
