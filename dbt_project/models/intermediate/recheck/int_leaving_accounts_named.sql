{{ config(materialized='view') }}

-- All the names under which the account of a nudge stands in the CRM's tables and in events.
with nudges as (

    select * from {{ ref('int_nudges_leaving') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

final as (

    select
        nudges.nudge_id,
        nudges.channel,
        account_ids.source_scope,
        account_ids.external_id
    from nudges
    inner join account_ids
        on nudges.account_id = account_ids.account_id

)

select * from final
