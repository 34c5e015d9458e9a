{{ config(materialized='table', tags=['report']) }}

-- What was sent about an account before it was merged was sent about the survivor.
with nudges as (

    select * from {{ ref('fct_nudges') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select
        nudges.nudge_id,
        coalesce(account_ids.account_id, nudges.account_id) as account_id,
        nudges.milestone_key,
        nudges.sent_at
    from nudges
    inner join as_of
        on nudges.namespace = as_of.namespace
    left join account_ids
        on nudges.account_id = account_ids.external_id
    where
        nudges.channel = 'human'
        and nudges.sent_at is not null
        and {{ is_known_to_replay('nudges.sent_at') }}

)

select * from final
