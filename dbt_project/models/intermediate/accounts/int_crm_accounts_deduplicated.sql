with crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = '' and external_id = account_id

),

accounts_ranked as (

    select
        crm_accounts.*,
        row_number() over (
            partition by crm_accounts.account_id
            order by
                crm_accounts.updated_at desc nulls last,
                crm_accounts.signed_up_at desc nulls last,
                crm_accounts.account_name desc nulls last
        ) as recency
    from crm_accounts
    -- An account that was merged into another is no account of its own.
    inner join account_ids
        on crm_accounts.account_id = account_ids.account_id

),

final as (

    select * from accounts_ranked
    where recency = 1

)

select * from final
