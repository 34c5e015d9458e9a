with source as (

    {{ read_columns(
        source('nudges', 'nudge_states'),
        {
            'namespace': 'string',
            'nudge_id': 'string',
            'action': 'string',
            'delivery_id': 'string',
            'state': 'string',
            'reason_code': 'string',
            'account_id': 'string',
            'milestone_key': 'string',
            'channel': 'string',
            'destination': 'string',
            'contact_id': 'string',
            'template_key': 'string',
            'variant': 'string',
            'provider_ref': 'string',
            'tick_id': 'string',
            'cycle': 'integer',
            'tier': 'integer',
            'attempts': 'integer',
            'is_possibly_sent': 'boolean',
            'state_at': 'instant',
            'first_claimed_at': 'instant',
            'first_attempted_at': 'instant',
            'last_attempted_at': 'instant',
            'sent_at': 'instant',
            'not_before': 'instant',
            'deadline_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        namespace,
        nudge_id,
        action,
        delivery_id,
        state,
        reason_code,
        account_id,
        milestone_key,
        channel,
        destination,
        contact_id,
        template_key,
        variant,
        provider_ref,
        tick_id,
        cycle,
        tier,
        attempts,
        is_possibly_sent,
        state_at,
        first_claimed_at,
        first_attempted_at,
        last_attempted_at,
        sent_at,
        not_before,
        deadline_at
    from source

)

select * from renamed
