-- Only what stands against a message: whom it came from and at which account, by whatever id the provider gave back.
with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}
    where contact_id is not null

),

nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}
    where action = 'deliver'

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

feedback_known as (

    select
        feedback.nudge_id,
        feedback.provider_message_id,
        feedback.contact_id,
        feedback.event_type,
        feedback.occurred_at
    from feedback
    cross join as_of
    where
        feedback.event_type in ({{ objections() }})
        and {{ is_feedback_of_tick() }}

),

contacts_heard as (

    select distinct contact_id from feedback_known
    where contact_id is not null

),

-- The latest of several records of one contact says where he is; only those that somebody spoke of are ranked.
contacts_ranked as (

    select
        contacts.contact_id,
        contacts.account_id,
        row_number() over (
            partition by contacts.contact_id
            order by
                contacts.updated_at desc nulls last,
                contacts.account_id asc,
                case when contacts.email is null then 1 else 0 end asc,
                contacts.email asc
        ) as recency
    from contacts_heard
    inner join contacts
        on contacts_heard.contact_id = contacts.contact_id

),

feedback_by_person as (

    select
        feedback_known.event_type,
        feedback_known.occurred_at,
        feedback_known.contact_id,
        contacts_ranked.account_id
    from feedback_known
    left join contacts_ranked
        on
            feedback_known.contact_id = contacts_ranked.contact_id
            and contacts_ranked.recency = 1
    where feedback_known.contact_id is not null
    union all
    select
        feedback_known.event_type,
        feedback_known.occurred_at,
        nudge_states.contact_id,
        nudge_states.account_id
    from feedback_known
    inner join nudge_states
        on feedback_known.nudge_id = nudge_states.nudge_id
    union all
    select
        feedback_known.event_type,
        feedback_known.occurred_at,
        nudge_states.contact_id,
        nudge_states.account_id
    from feedback_known
    inner join nudge_states
        on feedback_known.provider_message_id = nudge_states.provider_ref

),

final as (

    select
        coalesce(account_ids.account_id, '') as account_id,
        coalesce(feedback_by_person.contact_id, '') as contact_id,
        feedback_by_person.event_type,
        max(feedback_by_person.occurred_at) as last_occurred_at,
        max(case when feedback_by_person.occurred_at <= as_of.as_of then feedback_by_person.occurred_at end)
            as last_occurred_within_facts_at
    from feedback_by_person
    cross join as_of
    left join account_ids
        on feedback_by_person.account_id = account_ids.external_id
    group by
        coalesce(account_ids.account_id, ''),
        coalesce(feedback_by_person.contact_id, ''),
        feedback_by_person.event_type

)

select * from final
