{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['user_id', 'group_id', 'occurred_at'],
    on_schema_change='fail'
) }}

{% set read_from = group_calls_read_from() %}

with group_calls as (

    select * from {{ ref('stg_segment__groups') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

-- The bound is a literal on the raw load time, so that the engine skips what was read before.
group_calls_since_last_read as (

    select * from group_calls
    {%- if read_from %}
    where
        {{ is_loaded_since(read_from) }}
    {%- endif %}

),

-- Products call group on every page; a call that is sent again says nothing new.
group_calls_known as (

    select
        group_calls_since_last_read.user_id,
        group_calls_since_last_read.group_id,
        group_calls_since_last_read.occurred_at,
        max(group_calls_since_last_read.loaded_at) as loaded_at,
        max(as_of.tick_at) as kept_at
    from group_calls_since_last_read
    cross join as_of
    cross join limits
    where
        group_calls_since_last_read.user_id is not null
        and group_calls_since_last_read.group_id is not null
        and group_calls_since_last_read.occurred_at >= limits.history_starts_at
        and group_calls_since_last_read.occurred_at
        <= {{ add_microseconds(
            'coalesce(group_calls_since_last_read.loaded_at, as_of.tick_at)', 'limits.clock_skew_microseconds'
        ) }}
        and coalesce(group_calls_since_last_read.loaded_at, as_of.tick_at) <= as_of.tick_at
    group by
        group_calls_since_last_read.user_id,
        group_calls_since_last_read.group_id,
        group_calls_since_last_read.occurred_at

),

{% if is_incremental() -%}
group_calls_kept_before as (

    select * from {{ this }}

),

group_calls_new as (

    select group_calls_known.*
    from group_calls_known
    left join group_calls_kept_before
        on
            group_calls_known.user_id = group_calls_kept_before.user_id
            and group_calls_known.group_id = group_calls_kept_before.group_id
            and group_calls_known.occurred_at = group_calls_kept_before.occurred_at
    where
        group_calls_kept_before.user_id is null
        or group_calls_known.loaded_at > group_calls_kept_before.loaded_at
        or (group_calls_known.loaded_at is not null and group_calls_kept_before.loaded_at is null)

),

{% endif -%}
final as (

    select * from {{ 'group_calls_new' if is_incremental() else 'group_calls_known' }}

)

select * from final
