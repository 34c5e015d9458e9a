{% set day = 24 * 3600000000 %}

-- Whether a text annoys people. Without feedback there is nothing to count and no text is stopped.
with nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}
    where action = 'deliver' and is_possibly_sent

),

feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

halts as (

    select * from {{ ref('stg_nudges__nudge_halts') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Somebody who releases the halt of a template has looked at it: what left before is not held against it again.
templates_reviewed as (

    select
        substr(halts.scope, 10) as template_key,
        max(halts.recorded_at) as reviewed_at
    from halts
    cross join as_of
    where
        halts.scope like 'template:%'
        and halts.released_at is not null
        and halts.recorded_at <= as_of.tick_at
    group by substr(halts.scope, 10)

),

-- A replay does not know what was sent after its instant.
window_counted as (

    select
        as_of.namespace,
        {{ add_microseconds(
            'as_of.tick_at', 'cast(-1 * limits.template_window_days * ' ~ day ~ ' as bigint)'
        ) }} as begins_at,
        case when as_of.is_replay then as_of.tick_at end as ends_at,
        cast(limits.template_window_days * {{ day }} as bigint) as microseconds
    from as_of
    cross join limits

),

messages_in_window as (

    select
        nudge_states.nudge_id,
        nudge_states.provider_ref,
        nudge_states.template_key,
        nudge_states.last_attempted_at,
        {{ add_microseconds('nudge_states.last_attempted_at', 'window_counted.microseconds') }} as counts_until
    from nudge_states
    inner join window_counted
        on nudge_states.namespace = window_counted.namespace
    where
        nudge_states.template_key is not null
        and nudge_states.last_attempted_at > window_counted.begins_at
        and coalesce(nudge_states.last_attempted_at <= window_counted.ends_at, true)

),

messages_reviewed as (

    select
        messages_in_window.*,
        cast(null as timestamp) as reviewed_at
    from messages_in_window
    left join templates_reviewed
        on messages_in_window.template_key = templates_reviewed.template_key
    where templates_reviewed.template_key is null
    union all
    select
        messages_in_window.*,
        templates_reviewed.reviewed_at
    from messages_in_window
    inner join templates_reviewed
        on messages_in_window.template_key = templates_reviewed.template_key
    where messages_in_window.last_attempted_at > templates_reviewed.reviewed_at

),

feedback_known as (

    select
        feedback.nudge_id,
        feedback.provider_message_id,
        feedback.event_type
    from feedback
    cross join as_of
    where
        feedback.event_type in ({{ objections() }})
        and {{ is_feedback_of_tick() }}

),

answers as (

    select
        messages_reviewed.nudge_id,
        feedback_known.event_type
    from messages_reviewed
    inner join feedback_known
        on messages_reviewed.nudge_id = feedback_known.nudge_id
    union all
    select
        messages_reviewed.nudge_id,
        feedback_known.event_type
    from messages_reviewed
    inner join feedback_known
        on messages_reviewed.provider_ref = feedback_known.provider_message_id

),

answers_by_message as (

    select
        nudge_id,
        max(case when event_type in ({{ complaints() }}) then 1 else 0 end)
            as is_complaint,
        max(case when event_type = 'unsubscribed' then 1 else 0 end) as is_unsubscribe,
        max(case when event_type = 'bounced' then 1 else 0 end) as is_bounce
    from answers
    group by nudge_id

),

messages_counted as (

    select
        messages_reviewed.template_key,
        max(messages_reviewed.reviewed_at) as reviewed_at,
        count(*) as messages,
        coalesce(sum(answers_by_message.is_complaint), 0) as complaints,
        coalesce(sum(answers_by_message.is_unsubscribe), 0) as unsubscribes,
        coalesce(sum(answers_by_message.is_bounce), 0) as bounces,
        min(
            case when answers_by_message.nudge_id is not null then messages_reviewed.counts_until end
        ) as next_counts_until
    from messages_reviewed
    left join answers_by_message
        on messages_reviewed.nudge_id = answers_by_message.nudge_id
    group by messages_reviewed.template_key

),

-- One answer may be chance. Of two, few messages are enough; of many, the share has to be above the limit for certain.
templates_judged as (

    select
        messages_counted.*,
        case
            when
                messages_counted.complaints >= limits.template_small_sample_complaints
                and (
                    messages_counted.messages < limits.template_small_sample_messages
                    or {{ wilson_lower_bound('messages_counted.complaints', 'messages_counted.messages') }} * 10000
                    > limits.template_complaints_per_10000
                )
                then 'complaints'
            when
                messages_counted.unsubscribes >= 2
                and {{ wilson_lower_bound('messages_counted.unsubscribes', 'messages_counted.messages') }} * 10000
                > limits.template_unsubscribes_per_10000
                then 'unsubscribes'
            when
                messages_counted.bounces >= 2
                and {{ wilson_lower_bound('messages_counted.bounces', 'messages_counted.messages') }} * 10000
                > limits.template_bounces_per_10000
                then 'bounces'
        end as halted_for
    from messages_counted
    cross join limits

),

final as (

    select
        template_key,
        cast(messages as bigint) as messages,
        cast(complaints as bigint) as complaints,
        cast(unsubscribes as bigint) as unsubscribes,
        cast(bounces as bigint) as bounces,
        halted_for,
        halted_for is not null as is_halted,
        case when halted_for is not null then next_counts_until end as looks_again_at,
        reviewed_at
    from templates_judged

)

select * from final
