{{ config(materialized='view') }}

with crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = '' and external_id = account_id

),

-- An account that was merged into another is no account of its own.
accounts_unmerged as (

    select crm_accounts.*
    from crm_accounts
    inner join account_ids
        on crm_accounts.account_id = account_ids.account_id

),

ids_repeated as (

    select account_id from accounts_unmerged
    group by account_id
    having count(*) > 1

),

-- Ranking is dear and duplicates are few, so only those are ranked.
accounts_repeated as (

    select
        accounts_unmerged.*,
        row_number() over (
            partition by accounts_unmerged.account_id
            order by
                accounts_unmerged.updated_at desc nulls last,
                accounts_unmerged.signed_up_at desc nulls last,
                accounts_unmerged.account_name desc nulls last
        ) as recency
    from ids_repeated
    inner join accounts_unmerged
        on ids_repeated.account_id = accounts_unmerged.account_id

),

final as (

    select
        accounts_unmerged.*,
        cast(1 as bigint) as recency
    from accounts_unmerged
    left join ids_repeated
        on accounts_unmerged.account_id = ids_repeated.account_id
    where ids_repeated.account_id is null
    union all
    select * from accounts_repeated
    where recency = 1

)

select * from final
