with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

contacts as (

    select
        contact_id,
        account_id
    from {{ ref('int_contacts_resolved') }}

),

nudge_states as (

    select distinct
        nudge_id,
        account_id
    from {{ ref('stg_nudges__nudge_states') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

complaints as (

    select
        feedback.contact_id,
        feedback.nudge_id,
        feedback.occurred_at
    from feedback
    cross join as_of
    where
        feedback.event_type in ('spam_reported', 'negative_reply', 'complaint_to_csm')
        and feedback.occurred_at <= as_of.tick_at
        and coalesce(feedback.loaded_at, as_of.tick_at) <= as_of.tick_at

),

complaints_by_account as (

    select
        contacts.account_id,
        complaints.occurred_at
    from complaints
    inner join contacts
        on complaints.contact_id = contacts.contact_id
    union all
    select
        account_ids.account_id,
        complaints.occurred_at
    from complaints
    inner join nudge_states
        on complaints.nudge_id = nudge_states.nudge_id
    inner join account_ids
        on nudge_states.account_id = account_ids.external_id

),

final as (

    select
        account_id,
        max(occurred_at) as last_complained_at
    from complaints_by_account
    group by account_id

)

select * from final
