with source as (

    {{ read_columns(
        source('amplitude', 'events'),
        {
            'uuid': 'string',
            'insert_id': 'string',
            'user_id': 'string',
            'event_type': 'string',
            'event_time': 'instant',
            'server_upload_time': 'instant',
            'groups': 'string',
            'loaded_at': 'instant',
            'loaded_partition': 'instant of loaded_at, server_upload_time'
        },
        is_on=is_event_source_on('amplitude', 'events')
    ) }}

),

renamed as (

    select
        coalesce(nullif(insert_id, ''), uuid) as event_id,
        event_type as event_name,
        nullif(user_id, '') as user_id,
        {{ first_json_text(adapter.quote('groups'), var('amplitude_group_types')) }} as group_hint,
        event_time as occurred_at,
        coalesce(server_upload_time, loaded_at) as received_at,
        coalesce(loaded_at, server_upload_time) as loaded_at,
        loaded_partition
    from source

)

select * from renamed
