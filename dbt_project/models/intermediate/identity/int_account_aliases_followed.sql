{% set most_hops = 20 %}

with recursive crm_accounts as (

    select distinct account_id from {{ ref('stg_crm__accounts') }}
    where account_id is not null

),

-- An alias of the CRM itself merges accounts and holds for every source; the others translate one source's ids.
aliases_deduplicated as (

    select
        source_scope,
        external_id,
        account_id
    from (
        select
            coalesce(nullif(source_name, 'crm'), '') as source_scope,
            external_id,
            account_id,
            row_number() over (
                partition by coalesce(nullif(source_name, 'crm'), ''), external_id
                order by updated_at desc nulls last, account_id asc
            ) as recency
        from {{ ref('stg_crm__account_aliases') }}
        where external_id is not null and account_id is not null
    ) as aliases_ranked
    where recency = 1

),

accounts_merged as (

    select
        external_id,
        account_id
    from aliases_deduplicated
    where source_scope = '' and external_id <> account_id

),

aliases_followed as (

    select
        source_scope,
        external_id,
        account_id,
        0 as hops
    from aliases_deduplicated
    union all
    select
        aliases_followed.source_scope,
        aliases_followed.external_id,
        accounts_merged.account_id,
        aliases_followed.hops + 1 as hops
    from aliases_followed
    inner join accounts_merged
        on aliases_followed.account_id = accounts_merged.external_id
    where aliases_followed.hops < {{ most_hops }}

),

-- The end of a chain is an account that is merged no further; a circle has no end and resolves nothing.
final as (

    select
        aliases_followed.source_scope,
        aliases_followed.external_id,
        aliases_followed.account_id
    from aliases_followed
    inner join crm_accounts
        on aliases_followed.account_id = crm_accounts.account_id
    left join accounts_merged
        on aliases_followed.account_id = accounts_merged.external_id
    where accounts_merged.external_id is null

)

select * from final
