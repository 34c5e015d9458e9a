with source as (

    {{ read_columns(
        source('segment', 'groups'),
        {
            'id': 'string',
            'user_id': 'string',
            'group_id': 'string',
            'timestamp': 'instant',
            'received_at': 'instant',
            'uuid_ts': 'instant',
            'loaded_partition': 'instant of uuid_ts, received_at'
        }
    ) }}

),

renamed as (

    select
        id as group_call_id,
        nullif(user_id, '') as user_id,
        nullif(group_id, '') as group_id,
        {{ adapter.quote('timestamp') }} as occurred_at,
        coalesce(uuid_ts, received_at) as loaded_at,
        loaded_partition
    from source

)

select * from renamed
