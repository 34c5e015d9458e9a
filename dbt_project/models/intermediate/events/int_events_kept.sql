{{ config(
    materialized='incremental',
    partition_by=partitioned_by('occurred_at'),
    cluster_by=clustered_by(['source_name', 'event_name', 'user_id']),
    incremental_strategy='merge',
    unique_key=['source_name', 'group_hint', 'user_id', 'event_name', 'occurred_at'],
    pre_hook='{{ forget_events_read_again() }}',
    on_schema_change='fail'
) }}

-- After the days were counted; depends_on: {{ ref('int_days_arriving') }}
-- One or the other is read, so dbt has to be told:
-- depends_on: {{ ref('int_events_unioned') }}, {{ ref('int_events_loaded') }}
{% set event_names_to_fill = new_event_names(ref('int_event_names')) if is_incremental() else [] %}
{% set names = names_on_path() %}
{# An engine may write out a CTE that is read more than once, and this one may be all that was ever loaded. #}
{% set events_loaded = ref('int_events_loaded') if slice_state() else ref('int_events_unioned') %}

with event_names as (

    select distinct event_name from {{ ref('int_event_names') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Segment sends a name twice, as a slug and as it was written; a path may use either.
events_by_either_name as (

    select
        source_name,
        group_hint,
        user_id,
        event_name,
        occurred_at,
        loaded_at
    from {{ events_loaded }}
    where
        unusable_reason is null
        and {{ is_named('event_name', names) }}
    union all
    select
        source_name,
        group_hint,
        user_id,
        event_text as event_name,
        occurred_at,
        loaded_at
    from {{ events_loaded }}
    where
        unusable_reason is null
        and event_text is not null
        and {{ is_named('event_text', names) }}
    {% if event_names_to_fill -%}
    -- Names that are new on a path: their whole history is read once.
    union all
    select
        source_name,
        group_hint,
        user_id,
        event_name,
        occurred_at,
        loaded_at
    from {{ ref('int_events_unioned') }}
    where
        unusable_reason is null
        and {{ is_named('event_name', event_names_to_fill) }}
    union all
    select
        source_name,
        group_hint,
        user_id,
        event_text as event_name,
        occurred_at,
        loaded_at
    from {{ ref('int_events_unioned') }}
    where
        unusable_reason is null
        and {{ is_named('event_text', event_names_to_fill) }}
    {%- endif %}

),

-- One row per instant: a re-sent row changes nothing. The instants are kept, and not only the first of them, because
-- a new cycle and a user who changes group ask for the first one after a moment that is not known yet.
events_on_path as (

    select
        events_by_either_name.source_name,
        coalesce(events_by_either_name.group_hint, '') as group_hint,
        {{ user_of_identity('events_by_either_name') }} as user_id,
        events_by_either_name.event_name,
        events_by_either_name.occurred_at,
        min(events_by_either_name.loaded_at) as loaded_at,
        max(as_of.tick_at) as kept_at
    from events_by_either_name
    inner join event_names
        on events_by_either_name.event_name = event_names.event_name
    cross join as_of
    where events_by_either_name.loaded_at <= as_of.tick_at
    group by
        events_by_either_name.source_name,
        coalesce(events_by_either_name.group_hint, ''),
        {{ user_of_identity('events_by_either_name') }},
        events_by_either_name.event_name,
        events_by_either_name.occurred_at

),

{% if is_incremental() -%}
events_kept_before as (

    select * from {{ this }}

),

-- The slice overlaps the last one; what is known already is not written again.
events_new as (

    select events_on_path.*
    from events_on_path
    left join events_kept_before
        on
            events_on_path.source_name = events_kept_before.source_name
            and events_on_path.group_hint = events_kept_before.group_hint
            and events_on_path.user_id = events_kept_before.user_id
            and events_on_path.event_name = events_kept_before.event_name
            and events_on_path.occurred_at = events_kept_before.occurred_at
    where
        events_kept_before.loaded_at is null
        or events_on_path.loaded_at < events_kept_before.loaded_at

),

{% endif -%}
final as (

    select * from {{ 'events_new' if is_incremental() else 'events_on_path' }}

)

select * from final
