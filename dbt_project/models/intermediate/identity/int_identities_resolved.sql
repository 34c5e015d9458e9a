with identities as (

    select * from {{ ref('int_identities_seen') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

user_groups as (

    select * from {{ ref('int_user_groups_ordered') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

-- What is known of an identity without the account's own word for it: the group it belonged to, and since when.
identities_with_group as (

    select
        identities.source_name,
        identities.group_hint,
        identities.user_id,
        case when identities.group_hint <> '' then identities.group_hint else user_groups.group_id end as group_id,
        -- Group calls are Segment's, whatever product the user's events come from.
        case when identities.group_hint <> '' then identities.source_name else 'segment' end as group_source_name,
        case
            when identities.group_hint <> '' then 'hint'
            when user_groups.group_id is not null then 'group'
        end as found_by,
        coalesce(user_groups.valid_from, {{ instant_literal('0001-01-01 00:00:00') }}) as valid_from,
        coalesce(user_groups.valid_until, {{ instant_literal('9999-12-31 00:00:00') }}) as valid_until
    from identities
    left join user_groups
        on
            identities.user_id = user_groups.user_id
            and identities.group_hint = ''

),

account_ids_of_sources as (

    select * from account_ids
    where source_scope <> ''

),

account_ids_of_all as (

    select * from account_ids
    where source_scope = ''

),

contact_accounts as (

    select
        contacts.user_id,
        min(account_ids_of_all.account_id) as account_id,
        count(distinct account_ids_of_all.account_id) as accounts
    from contacts
    inner join account_ids_of_all
        on contacts.account_id = account_ids_of_all.external_id
    where contacts.user_id is not null
    group by contacts.user_id

),

final as (

    select
        identities_with_group.source_name,
        identities_with_group.group_hint,
        identities_with_group.user_id,
        identities_with_group.valid_from,
        identities_with_group.valid_until,
        case
            when identities_with_group.group_id is not null
                then coalesce(account_ids_of_sources.account_id, account_ids_of_all.account_id)
            when contact_accounts.accounts = 1 then contact_accounts.account_id
        end as account_id,
        case
            when
                identities_with_group.group_id is not null
                and coalesce(account_ids_of_sources.account_id, account_ids_of_all.account_id) is null
                then 'unmapped'
            when identities_with_group.group_id is not null then identities_with_group.found_by
            when contact_accounts.accounts = 1 then 'contact'
            when contact_accounts.accounts > 1 then 'ambiguous'
            else 'unmapped'
        end as found_by
    from identities_with_group
    left join account_ids_of_sources
        on
            identities_with_group.group_source_name = account_ids_of_sources.source_scope
            and identities_with_group.group_id = account_ids_of_sources.external_id
    left join account_ids_of_all
        on identities_with_group.group_id = account_ids_of_all.external_id
    left join contact_accounts
        on identities_with_group.user_id = contact_accounts.user_id

)

select * from final
