{{ config(materialized='table', tags=['report']) }}

-- Since when the agent has been at work in this namespace.
with nudges as (

    select * from {{ ref('fct_nudges') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

first_messages as (

    select min(nudges.sent_at) as first_sent_at
    from nudges
    inner join as_of
        on nudges.namespace = as_of.namespace
    where {{ is_known_to_replay('nudges.sent_at') }}

),

final as (

    select
        first_sent_at,
        {{ start_of_week('first_sent_at') }} as first_week_on
    from first_messages

)

select * from final
