with source as (

    {{ read_columns(
        source('mixpanel', 'events'),
        {
            'insert_id': 'string',
            'event': 'string',
            'distinct_id': 'string',
            'time': 'instant',
            'mp_processing_time_ms': 'integer',
            'properties': 'string',
            'loaded_at': 'instant',
            'loaded_partition': 'instant of loaded_at, mp_processing_time_ms'
        },
        is_on=is_event_source_on('mixpanel', 'events')
    ) }}

),

renamed as (

    select
        insert_id as event_id,
        event as event_name,
        nullif(distinct_id, '') as user_id,
        {{ first_json_text('properties', var('mixpanel_group_properties')) }} as group_hint,
        {{ adapter.quote('time') }} as occurred_at,
        coalesce({{ instant_from_number('mp_processing_time_ms', 1000) }}, loaded_at) as received_at,
        coalesce(loaded_at, {{ instant_from_number('mp_processing_time_ms', 1000) }}) as loaded_at,
        loaded_partition
    from source

)

select * from renamed
