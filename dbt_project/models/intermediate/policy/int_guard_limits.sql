with limits as (

    select
        limit_name,
        {{ cast_or_null('limit_value', double_type()) }} as limit_value
    from {{ ref('delivery_limits') }}
    where nullif(trim(scope), '') is null

),

final as (

    select
        {% for limit_name in [
            'anomaly_factor',
            'anomaly_floor_slips',
            'silent_milestone_median',
            'policy_growth_percent',
            'policy_growth_floor_nudges',
            'source_volume_percent',
            'source_volume_floor_rows',
            'template_window_days',
            'template_complaints_per_10000',
            'template_unsubscribes_per_10000',
            'template_bounces_per_10000',
            'template_small_sample_messages'
        ] %}
        max(case when limit_name = '{{ limit_name }}' then limit_value end) as {{ limit_name }},
        {% endfor %}
        max(case when limit_name = 'template_small_sample_complaints' then limit_value end)
            as template_small_sample_complaints
    from limits

)

select * from final
