{# The columns of a seed, in the order of its description. #}
{% macro policy_columns(seed) -%}
    {{ return({
        'critical_path': [
            'path_key', 'milestone_order', 'milestone_key', 'milestone_name', 'event_name', 'expected_hours', 'slip_hours',
            'how_to_url', 'clock', 'recipient_role'
        ],
        'nudge_policy': [
            'path_key', 'tier', 'channel', 'destination', 'delay_hours', 'template_key', 'respects_quiet_hours', 'is_enabled'
        ],
        'message_templates': [
            'template_key', 'milestone_key', 'error_class', 'variant', 'destination', 'vendor_template_id', 'weight',
            'is_enabled'
        ],
        'delivery_limits': ['limit_name', 'scope', 'limit_value', 'unit'],
        'holidays': ['country_code', 'holiday_on']
    }[seed]) }}
{%- endmacro %}
