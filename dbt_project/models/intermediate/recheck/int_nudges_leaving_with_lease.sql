{{ config(materialized='view') }}

{% set ten_minutes = 600000000 %}

-- What begins before the lease of the tick ends counts as begun.
with nudges as (

    select * from {{ ref('int_nudges_leaving') }}

),

leases as (

    select * from {{ ref('stg_nudges__nudge_lease') }}

),

final as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.channel,
        nudges.contact_id,
        nudges.tick_at,
        coalesce(leases.expires_at, {{ add_microseconds('nudges.tick_at', ten_minutes) }}) as sending_until
    from nudges
    left join leases
        on nudges.tick_id = leases.tick_id

)

select * from final
