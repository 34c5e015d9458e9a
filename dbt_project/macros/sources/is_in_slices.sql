{# Whether an event was loaded since its source was last read. The bounds are literals on the raw load time, so that the
   engine skips the rest; a source that was never read, and a row without a load time, are always within. #}
{% macro is_in_slices(slices) -%}
    {%- for slice in slices -%}
        (
            source_name = '{{ slice.source_name }}'
            and (loaded_partition >= {{ instant_literal(slice.read_from | replace('T', ' ')) }} or loaded_partition is null)
        ) or
        {% endfor -%}
        source_name not in ({% for slice in slices %}'{{ slice.source_name }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
