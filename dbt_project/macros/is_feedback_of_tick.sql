{# Whether an answer was given, and had been loaded, by the start of the tick. Reads `feedback` and `as_of`. #}
{% macro is_feedback_of_tick() -%}
    feedback.occurred_at <= as_of.tick_at
        and coalesce(feedback.loaded_at, as_of.tick_at) <= as_of.tick_at
{%- endmacro %}
