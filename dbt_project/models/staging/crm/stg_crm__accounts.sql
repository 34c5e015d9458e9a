with source as (

    {{ read_columns(
        source('crm', 'accounts'),
        {
            'account_id': 'string',
            'account_name': 'string',
            'signed_up_at': 'instant',
            'plan': 'string',
            'segment': 'string',
            'path_key': 'string',
            'seats': 'integer',
            'country_code': 'string',
            'csm_name': 'string',
            'csm_email': 'string',
            'csm_slack_id': 'string',
            'timezone': 'string',
            'is_internal': 'boolean',
            'churned_at': 'instant',
            'onboarding_cycle': 'integer',
            'cycle_started_at': 'instant',
            'updated_at': 'instant'
        }
    ) }}

),

renamed as (

    select
        nullif(account_id, '') as account_id,
        nullif(account_name, '') as account_name,
        nullif(plan, '') as plan,
        nullif(segment, '') as segment,
        nullif(path_key, '') as path_key,
        nullif(country_code, '') as country_code,
        nullif(csm_name, '') as csm_name,
        nullif(csm_email, '') as csm_email,
        nullif(csm_slack_id, '') as csm_slack_id,
        nullif(timezone, '') as timezone,
        seats,
        onboarding_cycle,
        is_internal,
        signed_up_at,
        churned_at,
        cycle_started_at,
        updated_at
    from source

)

select * from renamed
