{# Whether an address may be written to from here: in shadow and in prod anybody, elsewhere only addresses at one of the
   domains that the limits name, compared whole and in any case. No address, or one with two @, is at no domain.
   Reads `as_of.namespace` and `limits.allowed_recipient_domains`, a list with |. #}
{% macro is_allowed_recipient(address) -%}
    {%- set domain = dbt.split_part(address, "'@'", 2) -%}
    (
            {{ writes_to_everybody() }}
            or coalesce(
                length({{ address }}) - length(replace({{ address }}, '@', '')) = 1
                and length(trim({{ domain }})) > 0
                and {{ address }} not like '%|%'
                and {{ dbt.position("'|' || lower(trim(" ~ domain ~ ")) || '|'", "'|' || limits.allowed_recipient_domains || '|'") }} > 0,
                false
            )
        )
{%- endmacro %}
