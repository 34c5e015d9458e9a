{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_unusable_events_counted') }}

),

activity as (

    select * from {{ ref('int_users_active_daily') }}

),

identities as (

    select * from {{ ref('int_identities_resolved') }}

),

crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

accounts as (

    select * from {{ ref('int_accounts_resolved') }}

),

aliases as (

    select * from {{ ref('stg_crm__account_aliases') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

holds as (

    select * from {{ ref('stg_crm__account_holds') }}

),

assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

assignments_of_mixed_arms as (

    select
        assignments.experiment_key,
        account_ids.account_id,
        count(*) as assignment_rows
    from assignments
    inner join account_ids
        on
            assignments.account_id = account_ids.external_id
            and account_ids.source_scope = ''
    group by assignments.experiment_key, account_ids.account_id
    having count(distinct assignments.arm) > 1

),

events_without_account as (

    select
        activity.source_name,
        case when identities.found_by = 'ambiguous' then 'ambiguous_account' else 'unmapped_account' end as reason,
        activity.loaded_on,
        cast(sum(activity.event_rows) as bigint) as raw_rows
    from activity
    inner join identities
        on
            {{ is_of_identity('activity', 'identities', 'first_occurred_at') }}
    where identities.account_id is null
    group by
        activity.source_name,
        case when identities.found_by = 'ambiguous' then 'ambiguous_account' else 'unmapped_account' end,
        activity.loaded_on

),

crm_rows as (

    select
        'crm.accounts' as source_name,
        'no_account_id' as reason,
        count(*) as raw_rows
    from crm_accounts
    where account_id is null
    union all
    select
        'crm.accounts' as source_name,
        'duplicate' as reason,
        count(account_id) - count(distinct account_id) as raw_rows
    from crm_accounts
    union all
    select
        'crm.accounts' as source_name,
        'unknown_time_zone' as reason,
        count(*) as raw_rows
    from crm_accounts
    where timezone is not null and not {{ is_known_time_zone('timezone') }}
    union all
    select
        'crm.accounts' as source_name,
        'neither_sign_up_nor_event' as reason,
        count(*) as raw_rows
    from accounts
    where signed_up_at is null
    union all
    select
        'crm.account_aliases' as source_name,
        'leads_nowhere' as reason,
        count(*) as raw_rows
    from aliases
    left join account_ids
        on
            aliases.external_id = account_ids.external_id
            and coalesce(nullif(aliases.source_name, 'crm'), '') = account_ids.source_scope
    where account_ids.account_id is null
    union all
    select
        'crm.contacts' as source_name,
        'no_contact_id' as reason,
        count(*) as raw_rows
    from contacts
    where contact_id is null
    union all
    select
        'crm.contacts' as source_name,
        'duplicate' as reason,
        count(contact_id) - count(distinct contact_id) as raw_rows
    from contacts
    union all
    select
        'crm.contacts' as source_name,
        'unmapped_account' as reason,
        count(*) as raw_rows
    from contacts
    left join account_ids
        on
            contacts.account_id = account_ids.external_id
            and account_ids.source_scope = ''
    where account_ids.account_id is null
    union all
    select
        'crm.contacts' as source_name,
        'unknown_time_zone' as reason,
        count(*) as raw_rows
    from contacts
    where timezone is not null and not {{ is_known_time_zone('timezone') }}
    union all
    select
        'crm.account_holds' as source_name,
        'no_beginning_or_no_length' as reason,
        count(*) as raw_rows
    from holds
    where held_from is null or held_until <= held_from
    union all
    select
        'crm.account_aliases' as source_name,
        'mixed_arms' as reason,
        coalesce(sum(assignment_rows), 0) as raw_rows
    from assignments_of_mixed_arms

),

rows_counted as (

    select
        source_name,
        reason,
        case when loaded_on > cast('1970-01-01' as date) then loaded_on end as loaded_on,
        raw_rows
    from events
    union all
    select
        source_name,
        reason,
        case when loaded_on > cast('1970-01-01' as date) then loaded_on end as loaded_on,
        raw_rows
    from events_without_account
    union all
    select
        source_name,
        reason,
        cast(null as date) as loaded_on,
        raw_rows
    from crm_rows

),

final as (

    select
        source_name,
        reason,
        cast(sum(raw_rows) as bigint) as raw_rows,
        min(loaded_on) as first_loaded_on,
        max(loaded_on) as last_loaded_on
    from rows_counted
    where raw_rows > 0
    group by source_name, reason

)

select * from final
