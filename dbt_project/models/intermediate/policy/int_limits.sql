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
            ('attempt_deadline_seconds', 'attempt_deadline_microseconds', hour / 3600)
        ] %}
        max(
            case
                when limit_name = '{{ limit_name }}'
                    then cast(round({{ cast_or_null('limit_value', double_type()) }} * {{ factor | int }}) as bigint)
            end
        ) as {{ column }},
        {% endfor %}
        max(case when limit_name = 'history_starts_on' then {{ text_to_instant('limit_value') }} end)
            as history_starts_at
    from limits

),

final as (

    select * from limits_spread

)

select * from final
