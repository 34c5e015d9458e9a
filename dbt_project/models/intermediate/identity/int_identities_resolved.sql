{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['source_name', 'group_hint', 'user_id', 'valid_from'],
    pre_hook='{{ forget_everything_unless_computed() }}',
    on_schema_change='fail'
) }}

{# An engine may write out a CTE that is read more than once; these two relations hold everybody who was ever seen. #}
{%- set identities_seen = ref('int_identities_seen') -%}
{%- set identities_before = this -%}
with account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

user_groups as (

    select * from {{ ref('int_user_groups_ordered') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if is_incremental() -%}
account_ids_kept as (

    select * from {{ ref('int_account_ids_kept') }}

),

-- Who has to be looked at again: who is new, whose user changed group, whose group was renamed or merged, and whoever
-- belongs to no group and hangs on the CRM's contacts.
identities_to_look_at as (

    select
        source_name,
        group_hint,
        user_id
    from {{ identities_seen }}
    where {{ is_changed_since_computed('seen_at') }}
    union all
    select
        identities_before.source_name,
        identities_before.group_hint,
        identities_before.user_id
    from user_groups
    inner join {{ identities_before }} as identities_before
        on user_groups.user_id = identities_before.user_id
    where
        identities_before.group_hint = ''
        and {{ is_changed_since_computed('user_groups.changed_at') }}
    union all
    select
        identities_before.source_name,
        identities_before.group_hint,
        identities_before.user_id
    from account_ids_kept
    inner join {{ identities_before }} as identities_before
        on account_ids_kept.external_id = identities_before.group_id
    where {{ is_changed_since_computed('account_ids_kept.changed_at') }}
    union all
    select
        source_name,
        group_hint,
        user_id
    from {{ identities_before }}
    where group_id is null

),

identities_changed as (

    select distinct
        identities.source_name,
        identities.group_hint,
        identities.user_id,
        identities.first_occurred_at
    from identities_to_look_at
    inner join {{ identities_seen }} as identities
        on
            identities_to_look_at.source_name = identities.source_name
            and identities_to_look_at.group_hint = identities.group_hint
            and identities_to_look_at.user_id = identities.user_id

),

{% else -%}
-- Read only when there is something to compare, so dbt has to be told.
-- depends_on: {{ ref('int_account_ids_kept') }}
identities_changed as (

    select
        source_name,
        group_hint,
        user_id,
        first_occurred_at
    from {{ identities_seen }}

),

{% endif -%}
-- What is known of an identity without the account's own word for it: the group it belonged to, and since when.
identities_with_group as (

    select
        identities_changed.source_name,
        identities_changed.group_hint,
        identities_changed.user_id,
        identities_changed.first_occurred_at,
        case
            when identities_changed.group_hint <> '' then identities_changed.group_hint else user_groups.group_id
        end as group_id,
        -- Group calls are Segment's, whatever product the user's events come from.
        case
            when identities_changed.group_hint <> '' then identities_changed.source_name else 'segment'
        end as group_source_name,
        case
            when identities_changed.group_hint <> '' then 'hint'
            when user_groups.group_id is not null then 'group'
        end as found_by,
        coalesce(user_groups.valid_from, {{ instant_literal('0001-01-01 00:00:00') }}) as valid_from,
        coalesce(user_groups.valid_until, {{ instant_literal('9999-12-31 00:00:00') }}) as valid_until
    from identities_changed
    left join user_groups
        on
            identities_changed.user_id = user_groups.user_id
            and identities_changed.group_hint = ''

),

account_ids_of_sources as (

    select * from account_ids
    where source_scope <> ''

),

account_ids_of_all as (

    select * from account_ids
    where source_scope = ''

),

users_without_group as (

    select distinct user_id from identities_with_group
    where group_id is null

),

contact_accounts as (

    select
        contacts.user_id,
        min(account_ids_of_all.account_id) as account_id,
        count(distinct account_ids_of_all.account_id) as accounts
    from users_without_group
    inner join contacts
        on users_without_group.user_id = contacts.user_id
    inner join account_ids_of_all
        on contacts.account_id = account_ids_of_all.external_id
    group by contacts.user_id

),

identities_with_account as (

    select
        identities_with_group.source_name,
        identities_with_group.group_hint,
        identities_with_group.user_id,
        identities_with_group.group_id,
        identities_with_group.first_occurred_at,
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

),

{% if is_incremental() -%}
identities_changed_before as (

    select identities_before.*
    from identities_changed
    inner join {{ identities_before }} as identities_before
        on
            identities_changed.source_name = identities_before.source_name
            and identities_changed.group_hint = identities_before.group_hint
            and identities_changed.user_id = identities_before.user_id

),

-- A stretch that is no more is kept without length and account, so that the account that had it is computed again. The
-- account before is the one of the last complete computation, however many ticks have failed since.
identities_compared as (

    select
        coalesce(identities_with_account.source_name, identities_changed_before.source_name) as source_name,
        coalesce(identities_with_account.group_hint, identities_changed_before.group_hint) as group_hint,
        coalesce(identities_with_account.user_id, identities_changed_before.user_id) as user_id,
        identities_with_account.group_id,
        coalesce(identities_with_account.first_occurred_at, identities_changed_before.first_occurred_at)
            as first_occurred_at,
        coalesce(identities_with_account.valid_from, identities_changed_before.valid_from) as valid_from,
        coalesce(identities_with_account.valid_until, identities_changed_before.valid_from) as valid_until,
        identities_with_account.account_id,
        coalesce(identities_with_account.found_by, 'unmapped') as found_by,
        case
            when {{ is_changed_since_computed('identities_changed_before.changed_at') }}
                then identities_changed_before.account_id_before
            else identities_changed_before.account_id
        end as account_id_before
    from identities_with_account
    full outer join identities_changed_before
        on
            identities_with_account.source_name = identities_changed_before.source_name
            and identities_with_account.group_hint = identities_changed_before.group_hint
            and identities_with_account.user_id = identities_changed_before.user_id
            and identities_with_account.valid_from = identities_changed_before.valid_from
    where
        identities_changed_before.source_name is null
        or coalesce(identities_with_account.valid_until, identities_changed_before.valid_from)
        <> identities_changed_before.valid_until
        or identities_with_account.account_id is distinct from identities_changed_before.account_id
        or identities_with_account.first_occurred_at <> identities_changed_before.first_occurred_at
        or identities_with_account.group_id is distinct from identities_changed_before.group_id
        or coalesce(identities_with_account.found_by, 'unmapped') <> identities_changed_before.found_by

),

{% else -%}
identities_compared as (

    select
        *,
        cast(null as {{ dbt.type_string() }}) as account_id_before
    from identities_with_account

),

{% endif -%}
final as (

    select
        identities_compared.source_name,
        identities_compared.group_hint,
        identities_compared.user_id,
        identities_compared.group_id,
        identities_compared.first_occurred_at,
        identities_compared.valid_from,
        identities_compared.valid_until,
        identities_compared.account_id,
        identities_compared.found_by,
        identities_compared.account_id_before,
        as_of.tick_at as changed_at
    from identities_compared
    cross join as_of

)

select * from final
