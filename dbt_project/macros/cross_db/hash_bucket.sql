{# The first 8 hexadecimal digits of the MD5 of a text, modulo 10000: 16 digits overflow, and hash functions of the engines differ. #}
{% macro hash_bucket(text) -%}
    {{ return(adapter.dispatch('hash_bucket')(text)) }}
{%- endmacro %}

{% macro default__hash_bucket(text) -%}
    {{ exceptions.raise_compiler_error("hash_bucket is not written for " ~ target.type ~ "; add " ~ target.type ~ "__hash_bucket to macros/cross_db/hash_bucket.sql") }}
{%- endmacro %}

{% macro duckdb__hash_bucket(text) -%}
    (cast('0x' || substr(md5({{ text }}), 1, 8) as bigint) % 10000)
{%- endmacro %}

{% macro bigquery__hash_bucket(text) -%}
    mod(cast(concat('0x', substr(to_hex(md5({{ text }})), 1, 8)) as int64), 10000)
{%- endmacro %}

{# Digit by digit: 0 to 9 are 48 to 57, a to f 97 to 102. #}
{% macro snowflake__hash_bucket(text) -%}
    mod(
        {%- for place in range(8) %}
        {%- set code = 'ascii(substr(md5(' ~ text ~ '), ' ~ (place + 1) ~ ', 1))' %}
        {{ '+ ' if not loop.first }}cast({{ code }} - case when {{ code }} > 57 then 87 else 48 end as bigint) * {{ 16 ** (7 - place) }}
        {%- endfor %},
        10000
    )
{%- endmacro %}
