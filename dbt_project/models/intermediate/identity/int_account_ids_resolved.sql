with crm_accounts as (

    select distinct account_id from {{ ref('stg_crm__accounts') }}
    where account_id is not null

),

aliases as (

    select * from {{ ref('int_account_aliases_followed') }}

),

-- Every id under which an account may be named: its own, or one that was merged into it.
final as (

    select
        '' as source_scope,
        crm_accounts.account_id as external_id,
        crm_accounts.account_id
    from crm_accounts
    left join aliases
        on
            crm_accounts.account_id = aliases.external_id
            and aliases.source_scope = ''
    where aliases.external_id is null
    union all
    select
        source_scope,
        external_id,
        account_id
    from aliases

)

select * from final
