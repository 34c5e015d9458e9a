{{ config(materialized='view') }}

-- What the CRM says of the account now that stands against a message to or about it.
with nudges as (

    select * from {{ ref('int_nudges_leaving_with_lease') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

holds as (

    select * from {{ ref('stg_crm__account_holds') }}

),

touches as (

    select * from {{ ref('stg_crm__account_touches') }}

),

crm_accounts_newest as (

    select
        nudges.nudge_id,
        nudges.sending_until,
        crm_accounts.is_internal,
        crm_accounts.churned_at,
        row_number() over (
            partition by nudges.nudge_id
            order by
                crm_accounts.updated_at desc nulls last,
                crm_accounts.signed_up_at desc nulls last,
                crm_accounts.account_name desc nulls last
        ) as recency
    from nudges
    inner join crm_accounts
        on nudges.account_id = crm_accounts.account_id

),

nudges_named as (

    select
        nudges.nudge_id,
        nudges.tick_at,
        nudges.sending_until,
        account_ids.external_id
    from nudges
    inner join account_ids
        on nudges.account_id = account_ids.account_id

),

accounts_held as (

    select nudges_named.nudge_id
    from nudges_named
    inner join holds
        on nudges_named.external_id = holds.account_id
    where
        holds.held_from <= nudges_named.sending_until
        and (holds.held_until is null or holds.held_until > nudges_named.tick_at)

),

accounts_touched as (

    select nudges_named.nudge_id
    from nudges_named
    inner join touches
        on nudges_named.external_id = touches.account_id
    where
        touches.kind in ('meeting', 'call', 'customer_reply', 'ticket_open', 'snoozed', 'handled', 'not_relevant')
        and (touches.occurred_at > nudges_named.tick_at or touches.loaded_at > nudges_named.tick_at)
        and touches.occurred_at <= nudges_named.sending_until

),

final as (

    select
        nudge_id,
        case when coalesce(is_internal, false) then 'internal' else 'churned' end as reason_code
    from crm_accounts_newest
    where
        recency = 1
        and (coalesce(is_internal, false) or churned_at <= sending_until)
    union distinct
    select
        nudge_id,
        'on_hold' as reason_code
    from accounts_held
    union distinct
    select
        nudge_id,
        'with_csm' as reason_code
    from accounts_touched

)

select * from final
