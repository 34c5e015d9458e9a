{{ config(materialized='view') }}

{% set ten_minutes = 600000000 %}

-- What the re-check is about. The senders ask about few nudges out of many: every part of it starts from here, and the
-- nudge's id is the only key of what is grouped or ranked, so that their filter reaches every table and nobody else is
-- worked on. What begins before the lease of the tick ends counts as begun.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

leases as (

    select * from {{ ref('stg_nudges__nudge_lease') }}

),

final as (

    select
        decisions.nudge_id,
        decisions.account_id,
        decisions.path_key,
        decisions.milestone_key,
        decisions.channel,
        decisions.contact_id,
        decisions.tick_at,
        coalesce(leases.expires_at, {{ add_microseconds('decisions.tick_at', ten_minutes) }}) as sending_until
    from decisions
    left join leases
        on decisions.tick_id = leases.tick_id

)

select * from final
