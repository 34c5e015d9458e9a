with source as (

    {{ read_columns(
        source('crm', 'contacts'),
        {
            'contact_id': 'string',
            'account_id': 'string',
            'user_id': 'string',
            'email': 'string',
            'full_name': 'string',
            'role': 'string',
            'timezone': 'string',
            'email_consent': 'boolean',
            'unsubscribed_at': 'instant',
            'hard_bounced_at': 'instant',
            'last_seen_at': 'instant',
            'updated_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        nullif(contact_id, '') as contact_id,
        nullif(account_id, '') as account_id,
        nullif(user_id, '') as user_id,
        nullif(email, '') as email,
        nullif(full_name, '') as full_name,
        nullif(role, '') as role,
        nullif(timezone, '') as timezone,
        email_consent as has_email_consent,
        unsubscribed_at,
        hard_bounced_at,
        last_seen_at,
        updated_at
    from source

)

select * from renamed
