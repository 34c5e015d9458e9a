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

{% macro snowflake__hash_bucket(text) -%}
    mod(
        {%- for place in range(8) %}
        {{ '+ ' if not loop.first }}(position(substr(md5({{ text }}), {{ place + 1 }}, 1), '0123456789abcdef') - 1) * {{ 16 ** (7 - place) }}
        {%- endfor %},
        10000
    )
{%- endmacro %}
