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

event_rows_daily as (

    select * from {{ ref('int_event_rows_daily') }}

),

holidays as (

    select * from {{ ref('int_holidays_shared') }}

),

guard_limits as (

    select * from {{ ref('int_guard_limits') }}

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

rows_by_day as (

    select
        event_rows_daily.source_name as series_key,
        event_rows_daily.active_on as counted_on,
        sum(event_rows_daily.event_rows) as amount
    from event_rows_daily
    cross join as_of
    where
        event_rows_daily.active_on < cast(as_of.as_of as date)
        and event_rows_daily.active_on >= {{ days_after('cast(as_of.as_of as date)', '-29') }}
    group by event_rows_daily.source_name, event_rows_daily.active_on

),

-- By the day on which things happened and up to where the facts are complete: how often a loader comes makes no
-- difference, and a weekend is compared with weekends. A replay takes its instant for the facts, so that no day of it
-- is known to be complete.
days_judged as (

    select
        rows_by_day.series_key,
        {{ days_after('cast(as_of.as_of as date)', '-1') }} as judged_on,
        min(rows_by_day.counted_on) as counted_from
    from rows_by_day
    cross join as_of
    where not coalesce(as_of.is_replay, false)
    group by rows_by_day.series_key, {{ days_after('cast(as_of.as_of as date)', '-1') }}

),

days_compared as (

    {{ weekday_medians('days_judged', 'rows_by_day', 'holidays') }}

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
        ) as is_stale,
        cast(days_compared.observed as bigint) as rows_of_last_day,
        days_compared.median as rows_of_its_weekday,
        coalesce(
            days_compared.weeks >= 2
            and not days_compared.is_holiday
            and days_compared.median >= guard_limits.source_volume_floor_rows
            and days_compared.observed * 100 < days_compared.median * guard_limits.source_volume_percent,
            false
        ) as is_volume_low
    from limits
    cross join as_of
    cross join guard_limits
    left join slices
        on limits.source_name = slices.source_name
    left join heartbeats_known
        on
            limits.source_name = heartbeats_known.source_name
            and heartbeats_known.recency = 1
    left join sources_with_milestones
        on limits.source_name = sources_with_milestones.source_name
    left join days_compared
        on limits.source_name = days_compared.series_key
    where
        (slices.source_name is not null and sources_with_milestones.source_name is not null)
        or (limits.source_name in ('crm', 'feedback') and heartbeats_known.source_name is not null)

)

select * from final
