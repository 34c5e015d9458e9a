with source as (

    {{ read_columns(
        source('nudges', 'nudge_events'),
        {
            'entry_id': 'string',
            'ledger_id': 'string',
            'namespace': 'string',
            'nudge_id': 'string',
            'delivery_id': 'string',
            'action': 'string',
            'kind': 'string',
            'attempt': 'integer',
            'fence': 'integer',
            'seq': 'integer',
            'tick_id': 'string',
            'recorded_at': 'instant',
            'not_before': 'instant',
            'deadline_at': 'instant',
            'next_check_at': 'instant',
            'account_id': 'string',
            'cycle': 'integer',
            'milestone_key': 'string',
            'tier': 'integer',
            'channel': 'string',
            'destination': 'string',
            'contact_id': 'string',
            'recipient_hash': 'string',
            'template_key': 'string',
            'variant': 'string',
            'template_hash': 'string',
            'policy_hash': 'string',
            'body_hash': 'string',
            'provider_ref': 'string',
            'provider_status': 'string',
            'reason_code': 'string',
            'as_of': 'instant'
        }
    ) }}

),

renamed as (

    select
        entry_id,
        ledger_id,
        namespace,
        nudge_id,
        delivery_id,
        action,
        kind,
        attempt,
        fence,
        seq,
        tick_id,
        account_id,
        cycle,
        milestone_key,
        tier,
        channel,
        destination,
        contact_id,
        recipient_hash,
        template_key,
        variant,
        template_hash,
        policy_hash,
        body_hash,
        provider_ref,
        provider_status,
        reason_code,
        recorded_at,
        not_before,
        deadline_at,
        next_check_at,
        as_of
    from source

)

select * from renamed
