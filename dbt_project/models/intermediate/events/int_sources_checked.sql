with slices as (

    select * from {{ ref('int_slices_loaded') }}
    {%- if var('event_sources') %}
    -- A source that was switched off is remembered, and its silence is no news.
    where source_name in ('{{ var('event_sources') | join("', '") }}')
    {%- endif %}

),

events_kept as (

    select * from {{ ref('int_events_kept') }}

),

event_names as (

    select * from {{ ref('int_event_names') }}

),

heartbeats as (

    select * from {{ ref('stg_loader__heartbeats') }}

),

limits as (

    select * from {{ ref('int_source_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

heartbeats_known as (

    select
        heartbeats.source_name,
        heartbeats.synced_through,
        row_number() over (
            partition by heartbeats.source_name
            order by heartbeats.loaded_at desc nulls last, heartbeats.synced_through desc nulls last
        ) as recency
    from heartbeats
    cross join as_of
    where coalesce(heartbeats.loaded_at, as_of.tick_at) <= as_of.tick_at

),

-- The silence of a source stands against a nudge only where milestones would have come from it.
sources_with_milestones as (

    select distinct events_kept.source_name
    from events_kept
    inner join event_names
        on events_kept.event_name = event_names.event_name

),

-- A record that nobody changed says nothing of its loader: sources without events are judged by heartbeats alone.
final as (

    select
        limits.source_name,
        coalesce(heartbeats_known.synced_through, slices.received_through) as seen_through,
        limits.max_age_microseconds,
        coalesce(
            {{ microseconds_between(
                'coalesce(heartbeats_known.synced_through, slices.received_through)',
                'as_of.tick_at'
            ) }} > limits.max_age_microseconds,
            false
        ) as is_stale
    from limits
    cross join as_of
    left join slices
        on limits.source_name = slices.source_name
    left join heartbeats_known
        on
            limits.source_name = heartbeats_known.source_name
            and heartbeats_known.recency = 1
    left join sources_with_milestones
        on limits.source_name = sources_with_milestones.source_name
    where
        (slices.source_name is not null and sources_with_milestones.source_name is not null)
        or (limits.source_name in ('crm', 'feedback') and heartbeats_known.source_name is not null)

)

select * from final
