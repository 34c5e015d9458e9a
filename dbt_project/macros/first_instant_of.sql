{# The first UTC instant at which the wall clock of a zone shows a local time. Where the clocks go back over it, that is the
   earlier of the two; where they leap over it, as long after the leap as it lies after its start. `instant` is what
   local_to_instant gave for `local`: the earlier or the later one. Clocks go back by an hour, on Lord Howe by half one. #}
{% macro first_instant_of(instant, local, time_zone) -%}
    case
            {%- for microseconds in ['-3600000000', '-1800000000'] %}
            when
                cast({{ local_time(add_microseconds(instant, microseconds), time_zone) }} as timestamp)
                = cast({{ local }} as timestamp)
                then {{ add_microseconds(instant, microseconds) }}
            {%- endfor %}
            else {{ instant }}
        end
{%- endmacro %}
