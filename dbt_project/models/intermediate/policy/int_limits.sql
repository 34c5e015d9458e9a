{% set hour = 3600000000 %}

with limits as (

    select
        limit_name,
        limit_value
    from {{ ref('delivery_limits') }}
    where nullif(trim(scope), '') is null

),

limits_spread as (

    select
        {% for limit_name, column, factor in [
            ('clock_skew_minutes', 'clock_skew_microseconds', hour / 60),
            ('slice_overlap_minutes', 'slice_overlap_microseconds', hour / 60),
            ('onboarding_window_days', 'onboarding_window_microseconds', 24 * hour),
            ('in_danger_days', 'in_danger_microseconds', 24 * hour),
            ('active_contact_days', 'active_contact_microseconds', 24 * hour),
            ('human_touch_cooldown_hours', 'human_touch_cooldown_microseconds', hour),
            ('max_nudge_age_business_hours', 'max_nudge_age_microseconds', hour),
            ('in_app_max_hours', 'in_app_max_microseconds', hour),
            ('attempt_deadline_seconds', 'attempt_deadline_microseconds', hour / 3600),
            ('quiet_hours_start', 'quiet_hours_start', 1),
            ('quiet_hours_end', 'quiet_hours_end', 1),
            ('account_messages_per_day', 'account_messages_per_day', 1),
            ('account_messages_per_week', 'account_messages_per_week', 1),
            ('person_messages_per_day', 'person_messages_per_day', 1),
            ('person_messages_per_week', 'person_messages_per_week', 1),
            ('csm_messages_per_day', 'csm_messages_per_day', 1),
            ('emails_per_day_without_feedback', 'emails_per_day_without_feedback', 1)
        ] %}
        max(
            case
                when limit_name = '{{ limit_name }}'
                    then cast(round({{ cast_or_null('limit_value', double_type()) }} * {{ factor | int }}) as bigint)
            end
        ) as {{ column }},
        {% endfor %}
        coalesce(max(case when limit_name = 'default_time_zone' then trim(limit_value) end), 'UTC')
            as default_time_zone,
        coalesce(
            max(case when limit_name = 'allowed_recipient_domains' then lower(replace(limit_value, ' ', '')) end),
            ''
        ) as allowed_recipient_domains,
        max(case when limit_name = 'history_starts_on' then {{ text_to_instant('limit_value') }} end)
            as history_starts_at
    from limits

),

final as (

    select * from limits_spread

)

select * from final
