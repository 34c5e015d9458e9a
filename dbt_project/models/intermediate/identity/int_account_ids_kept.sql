{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['source_scope', 'external_id'],
    on_schema_change='fail'
) }}

with account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if is_incremental() -%}
account_ids_before as (

    select * from {{ this }}

),

-- An id that leads nowhere any more stays, without its account: who was resolved through it has to hear of it.
account_ids_compared as (

    select
        coalesce(account_ids.source_scope, account_ids_before.source_scope) as source_scope,
        coalesce(account_ids.external_id, account_ids_before.external_id) as external_id,
        account_ids.account_id
    from account_ids
    full outer join account_ids_before
        on
            account_ids.source_scope = account_ids_before.source_scope
            and account_ids.external_id = account_ids_before.external_id
    where account_ids.account_id is distinct from account_ids_before.account_id

),

{% endif -%}
final as (

    select
        changed.source_scope,
        changed.external_id,
        changed.account_id,
        as_of.tick_at as changed_at
    from {{ 'account_ids_compared' if is_incremental() else 'account_ids' }} as changed
    cross join as_of

)

select * from final
