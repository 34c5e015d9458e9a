{# A replay knows nothing that was done after its instant; a tick knows all that there is. Reads `as_of`. #}
{% macro is_known_to_replay(done_at) -%}
    (not coalesce(as_of.is_replay, false) or {{ done_at }} <= as_of.tick_at)
{%- endmacro %}
