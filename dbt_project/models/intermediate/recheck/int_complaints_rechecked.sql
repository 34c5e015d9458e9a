{{ config(materialized='view') }}

{# An engine may write out a CTE that is read more than once, and this one is everybody. #}
{% set contacts = ref('stg_crm__contacts') %}

-- A complaint of anybody at the account ends the messages to its customers, and not the one to its CSM.
with names as (

    select * from {{ ref('int_leaving_accounts_named') }}
    where source_scope = '' and channel in ('in_app', 'email')

),

complaints as (

    select * from {{ ref('int_feedback_arriving') }}
    where event_type in ({{ complaints() }})

),

final as (

    select
        names.nudge_id,
        'complaint' as reason_code
    from names
    inner join {{ contacts }} as contacts
        on names.external_id = contacts.account_id
    inner join complaints
        on contacts.contact_id = complaints.contact_id
    union distinct
    select
        names.nudge_id,
        'complaint' as reason_code
    from names
    inner join complaints
        on names.external_id = complaints.account_id

)

select * from final
