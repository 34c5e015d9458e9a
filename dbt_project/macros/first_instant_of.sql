{# The first UTC instant at which the wall clock of a zone has reached a local time. Where the clocks go back over it, that
   is the earlier of the two; where they leap over it, the leap. `instant` is what local_to_instant gave for `local`. #}
{% macro first_instant_of(instant, local, time_zone) -%}
    case
            when
                cast({{ local_time(add_microseconds(instant, '-3600000000'), time_zone) }} as timestamp)
                >= cast({{ local }} as timestamp)
                then {{ add_microseconds(instant, '-3600000000') }}
            else {{ instant }}
        end
{%- endmacro %}
