with source as (

    {{ read_columns(
        source('nudges', 'ticks'),
        {
            'tick_id': 'string',
            'namespace': 'string',
            'fence': 'integer',
            'tick_at': 'instant',
            'as_of': 'instant',
            'finished_at': 'instant',
            'policy_hash': 'string',
            'due': 'integer',
            'queued': 'integer',
            'claimed': 'integer',
            'sent': 'integer',
            'retryable': 'integer',
            'dead': 'integer',
            'uncertain': 'integer',
            'needs_review': 'integer',
            'suppressed': 'integer',
            'cancelled': 'integer',
            'skipped': 'integer',
            'wanted': 'integer',
            'slips': 'integer',
            'is_held': 'boolean',
            'next_wake_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        tick_id,
        namespace,
        policy_hash,
        fence,
        due,
        queued,
        claimed,
        sent,
        retryable,
        dead,
        uncertain,
        needs_review,
        suppressed,
        cancelled,
        skipped,
        wanted,
        slips,
        is_held,
        tick_at,
        as_of,
        finished_at,
        next_wake_at
    from source

)

select * from renamed
