{{ config(materialized='view') }}

-- What the re-check is about. The senders ask about few nudges out of many: every part of it starts from here, and the
-- nudge's id is the only key of what is grouped or ranked, so that their filter reaches every table and nobody else is
-- worked on.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

final as (

    select
        nudge_id,
        account_id,
        path_key,
        milestone_key,
        channel,
        contact_id,
        tick_id,
        tick_at
    from decisions

)

select * from final
