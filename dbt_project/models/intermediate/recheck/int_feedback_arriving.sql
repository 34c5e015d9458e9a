{{ config(materialized='view') }}

-- Read right before a call, so it is a view on what is loaded by then. Whose answer it was and at which account is not
-- resolved as in the plan: whoever may be meant is spared.
with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}
    where event_type in ({{ objections() }})

),

ledger_entries as (

    select * from {{ ref('stg_nudges__nudge_events') }}
    where action = 'deliver'

),

-- Providers give back a contact, a nudge or an id of their own.
final as (

    select
        contact_id,
        cast(null as {{ dbt.type_string() }}) as account_id,
        event_type
    from feedback
    where contact_id is not null
    union all
    select
        ledger_entries.contact_id,
        ledger_entries.account_id,
        feedback.event_type
    from feedback
    inner join ledger_entries
        on feedback.nudge_id = ledger_entries.nudge_id
    union all
    select
        ledger_entries.contact_id,
        ledger_entries.account_id,
        feedback.event_type
    from feedback
    inner join ledger_entries
        on feedback.provider_message_id = ledger_entries.provider_ref

)

select * from final
