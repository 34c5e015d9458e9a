{% set replayed_at = var('as_of', none) %}
{% set slices = slice_state() %}
{% set events_kept_before = kept_relation('int_events_kept') if slices else none %}
{% set event_names_to_fill = new_event_names(ref('int_event_names')) if slices else [] %}
{# An engine may write out a CTE that is read more than once, and this one may be all that was ever loaded. #}
{% set events = ref('int_events_loaded') if slices else ref('int_events_unioned') %}

-- One or the other is read, so dbt has to be told:
-- depends_on: {{ ref('int_events_unioned') }}, {{ ref('int_events_loaded') }}

with event_names as (

    select distinct event_name from {{ ref('int_event_names') }}

),

heartbeats as (

    select * from {{ ref('stg_loader__heartbeats') }}

),

leases as (

    select * from {{ ref('stg_nudges__nudge_lease') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

source_limits as (

    select * from {{ ref('int_source_limits') }}

),

-- The tick that holds the lease says who it is and when it began; a build outside a tick reads the clock.
tick as (

    {% if replayed_at -%}
    select
        'replay' as tick_id,
        cast({{ text_to_instant("'" ~ replayed_at ~ "'") }} as timestamp) as tick_at
    {%- else -%}
    select
        coalesce(max(tick_id), 'adhoc') as tick_id,
        cast(coalesce(max(tick_at), max({{ clock_now() }}), {{ clock_now() }}) as timestamp) as tick_at
    from leases
    where
        namespace = '{{ namespace_name() }}'
        and released_at is null
        and expires_at > {{ clock_now() }}
    {%- endif %}

),

watermarks_read as (

    select
        events.source_name,
        max(events.received_at) as received_through
    from {{ events }} as events
    cross join tick
    where
        events.loaded_at <= tick.tick_at
        and coalesce(events.unusable_reason, 'nobody') in ('nobody', 'no_event_name')
    group by events.source_name

),

watermarks_remembered as (

    {% for slice in slices -%}
    select
        '{{ slice.source_name }}' as source_name,
        {% if slice.received_through -%}
        {{ instant_literal(slice.received_through | replace('T', ' ')) }}
        {%- else -%}
        cast(null as timestamp)
        {%- endif %} as received_through
    {% if not loop.last %}union all{% endif %}
    {% else -%}
    select * from watermarks_read
    where 1 = 0
    {%- endfor %}

),

watermarks as (

    select
        source_name,
        max(received_through) as received_through
    from (
        select * from watermarks_read
        union all
        select * from watermarks_remembered
        {%- if var('event_sources') %}
        -- A source that was switched off is remembered and holds nothing back.
        where source_name in ('{{ var('event_sources') | join("', '") }}')
        {%- endif %}
    ) as every_watermark
    group by source_name

),

-- Which sources bring milestones of today's path: by what is new, by what was kept, and by the history of names that
-- the path did not have before.
path_events as (

    select
        events.source_name,
        events.event_name
    from {{ events }} as events
    cross join tick
    where
        events.unusable_reason is null
        and events.loaded_at <= tick.tick_at
    union all
    select
        events.source_name,
        events.event_text as event_name
    from {{ events }} as events
    cross join tick
    where
        events.unusable_reason is null
        and events.loaded_at <= tick.tick_at
        and events.event_text is not null
    {%- if events_kept_before %}
    union all
    select
        source_name,
        event_name
    from {{ events_kept_before }}
    {%- endif %}
    {%- if event_names_to_fill %}
    union all
    select
        events_ever.source_name,
        events_ever.event_name
    from {{ ref('int_events_unioned') }} as events_ever
    cross join tick
    where
        events_ever.unusable_reason is null
        and events_ever.loaded_at <= tick.tick_at
        and {{ is_named('events_ever.event_name', event_names_to_fill) }}
    union all
    select
        events_ever.source_name,
        events_ever.event_text as event_name
    from {{ ref('int_events_unioned') }} as events_ever
    cross join tick
    where
        events_ever.unusable_reason is null
        and events_ever.loaded_at <= tick.tick_at
        and {{ is_named('events_ever.event_text', event_names_to_fill) }}
    {%- endif %}

),

sources_with_milestones as (

    select distinct path_events.source_name
    from path_events
    inner join event_names
        on path_events.event_name = event_names.event_name

),

heartbeats_ranked as (

    select
        heartbeats.source_name,
        heartbeats.synced_through,
        row_number() over (
            partition by heartbeats.source_name
            order by heartbeats.loaded_at desc nulls last, heartbeats.synced_through desc nulls last
        ) as recency
    from heartbeats
    cross join tick
    where coalesce(heartbeats.loaded_at, tick.tick_at) <= tick.tick_at

),

heartbeats_known as (

    select * from heartbeats_ranked
    where recency = 1

),

-- Only a source on which milestones arrive can hold the facts back, unless none has brought one yet.
sources_complete_through as (

    select
        watermarks.source_name,
        coalesce(
            heartbeats_known.synced_through,
            {{ add_microseconds(
                'watermarks.received_through', '-1 * coalesce(source_limits.completeness_lag_microseconds, 0)'
            ) }}
        ) as complete_through,
        sources_with_milestones.source_name is not null as is_carrying_milestones,
        max(case when sources_with_milestones.source_name is not null then 1 else 0 end) over () = 1
            as is_any_carrying_milestones
    from watermarks
    left join sources_with_milestones
        on watermarks.source_name = sources_with_milestones.source_name
    left join heartbeats_known
        on watermarks.source_name = heartbeats_known.source_name
    left join source_limits
        on watermarks.source_name = source_limits.source_name

),

facts_complete as (

    select min(complete_through) as complete_through
    from sources_complete_through
    where is_carrying_milestones or not is_any_carrying_milestones

),

final as (

    select
        tick.tick_id,
        '{{ namespace_name() }}' as namespace,
        tick.tick_at,
        {% if replayed_at -%}
        tick.tick_at as as_of,
        true as is_replay
        {%- else -%}
        case
            when facts_complete.complete_through is null then limits.history_starts_at
            else least(facts_complete.complete_through, tick.tick_at)
        end as as_of,
        false as is_replay
        {%- endif %}
    from tick
    cross join facts_complete
    cross join limits

)

select * from final
