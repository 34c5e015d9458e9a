{# Lower end of the Wilson score interval (95 %, two-sided) of a share: with few trials it says how little is known.
   Wilson 1927, as in Brown, Cai, DasGupta 2001, section 3.1.1. Needs at least one trial. #}
{% macro wilson_lower_bound(events, trials) -%}
    {{ wilson_bound(events, trials, '-') }}
{%- endmacro %}

{# Upper end of the same interval. #}
{% macro wilson_upper_bound(events, trials) -%}
    {{ wilson_bound(events, trials, '+') }}
{%- endmacro %}

{% macro wilson_bound(events, trials, sign) -%}
    {%- set z = 1.959964 -%}
    (
        cast({{ events }} as {{ double_type() }}) / {{ trials }} + {{ z * z }} / (2 * {{ trials }})
        {{ sign }} {{ z }} * sqrt(
            cast({{ events }} as {{ double_type() }}) * ({{ trials }} - {{ events }}) / {{ trials }} / {{ trials }} / {{ trials }}
            + {{ z * z }} / (4.0 * {{ trials }} * {{ trials }})
        )
    ) / (1 + {{ z * z }} / {{ trials }})
{%- endmacro %}
