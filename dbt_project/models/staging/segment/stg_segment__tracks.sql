with source as (

    {{ read_columns(
        source('segment', 'tracks'),
        {
            'id': 'string',
            'event': 'string',
            'event_text': 'string',
            'user_id': 'string',
            'anonymous_id': 'string',
            'context_group_id': 'string',
            'timestamp': 'instant',
            'received_at': 'instant',
            'uuid_ts': 'instant',
            'loaded_partition': 'instant of uuid_ts, received_at'
        },
        is_on=is_event_source_on('segment', 'tracks')
    ) }}

),

renamed as (

    select
        id as event_id,
        event as event_name,
        nullif(event_text, '') as event_text,
        nullif(user_id, '') as user_id,
        nullif(context_group_id, '') as group_hint,
        context_group_id as group_as_sent,
        {{ adapter.quote('timestamp') }} as occurred_at,
        coalesce(received_at, uuid_ts) as received_at,
        coalesce(uuid_ts, received_at) as loaded_at,
        loaded_partition
    from source

)

select * from renamed
