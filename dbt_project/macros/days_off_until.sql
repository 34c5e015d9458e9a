{# The instant after which no clock of an account asks for a weekend: two days in three off, all holds of the CRM and two
   months of holidays would have to come together. Without the bound every account would meet every weekend of two
   years.

   counts_from: SQL of the instant from which the clock counts
   microseconds_counted: SQL of how long it counts at most
   microseconds_held: SQL of how long all its holds last, from summed_holds #}
{% macro days_off_until(counts_from, microseconds_counted, microseconds_held) -%}
    {%- set sixty_days = 60 * 24 * 3600000000 -%}
    {{ add_microseconds(
        counts_from,
        'cast(3 * (' ~ microseconds_counted ~ ') + coalesce(' ~ microseconds_held ~ ', 0) + ' ~ sixty_days ~ ' as bigint)'
    ) }}
{%- endmacro %}
