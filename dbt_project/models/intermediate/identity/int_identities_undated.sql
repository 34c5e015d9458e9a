-- A table, because joins with all activity go by what is known of its size.
with accounts as (

    select * from {{ ref('int_crm_accounts_deduplicated') }}

),

identities as (

    select * from {{ ref('int_identities_resolved') }}

),

final as (

    select
        accounts.account_id,
        identities.source_name,
        identities.group_hint,
        identities.user_id,
        identities.first_occurred_at,
        identities.valid_from,
        identities.valid_until
    from accounts
    inner join identities
        on accounts.account_id = identities.account_id
    where
        accounts.signed_up_at is null
        and {{ is_of_enabled_source('identities.source_name') }}

)

select * from final
