{# The events of every source in one shape, each judged whether it is a fact; with slices, those loaded since their source
   was last read. The bound stands at each scan by itself, so that every engine sees which partitions it may leave out.

   Whoever asks for events by the group that they name needs users only where none is named. Where the group is a column, the
   two kinds are then scanned apart, so that a column store does not read the users of all the others; it leaves out what
   it can by the column as it was sent. #}
{% macro judged_events(slices=[], with_users_of_groups=true) -%}
{%- set sources = [
    {'name': 'segment', 'relation': ref('stg_segment__tracks'), 'has_text': true, 'is_group_a_column': true},
    {'name': 'amplitude', 'relation': ref('stg_amplitude__events'), 'has_text': false, 'is_group_a_column': false},
    {'name': 'mixpanel', 'relation': ref('stg_mixpanel__events'), 'has_text': false, 'is_group_a_column': false}
] -%}
with limits as (

    select * from {{ ref('int_limits') }}

),

events_unioned as (

    {% for source in sources -%}
    {%- set outer_loop = loop -%}
    {%- if with_users_of_groups -%}
        {%- set kinds = [{'user': 'user_id', 'condition': none}] -%}
    {%- elif source.is_group_a_column -%}
        {%- set kinds = [
            {'user': 'cast(null as ' ~ dbt.type_string() ~ ')', 'condition': "group_as_sent <> ''"},
            {'user': 'user_id', 'condition': "(group_as_sent is null or group_as_sent = '')"}
        ] -%}
    {%- else -%}
        {%- set kinds = [{'user': 'case when group_hint is null then user_id end', 'condition': none}] -%}
    {%- endif -%}
    {%- for kind in kinds %}
    select
        '{{ source.name }}' as source_name,
        event_id,
        event_name,
        {{ 'event_text' if source.has_text else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as event_text,
        {{ kind.user }} as user_id,
        group_hint,
        occurred_at,
        received_at,
        loaded_at,
        loaded_partition
    from {{ source.relation }}
    {%- set conditions = [kind.condition, loaded_since(slices, source.name)] | select | list %}
    {{ 'where ' ~ conditions | join(' and ') if conditions }}
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}

),

-- A broken clock or a nameless row is no fact; it is counted and never dropped unseen.
events_judged as (

    select
        events_unioned.source_name,
        events_unioned.event_id,
        events_unioned.event_name,
        events_unioned.event_text,
        events_unioned.user_id,
        events_unioned.group_hint,
        case
            when events_unioned.loaded_at is null then 'no_load_time'
            when events_unioned.occurred_at is null then 'no_event_time'
            when events_unioned.occurred_at < limits.history_starts_at then 'before_history'
            when
                events_unioned.occurred_at
                > {{ add_microseconds('events_unioned.loaded_at', 'limits.clock_skew_microseconds') }}
                then 'in_the_future'
            when coalesce(events_unioned.event_name, '') = '' and events_unioned.event_text is null then 'no_event_name'
            when events_unioned.user_id is null and events_unioned.group_hint is null then 'nobody'
        end as unusable_reason,
        events_unioned.occurred_at,
        case
            when
                events_unioned.received_at >= limits.history_starts_at
                and events_unioned.received_at
                <= {{ add_microseconds('events_unioned.loaded_at', 'limits.clock_skew_microseconds') }}
                then events_unioned.received_at
        end as received_at,
        events_unioned.loaded_at,
        events_unioned.loaded_partition
    from events_unioned
    cross join limits

)

select * from events_judged
{%- endmacro %}

{% macro loaded_since(slices, source_name) -%}
    {%- for slice in slices if slice.source_name == source_name -%}
        {{ is_loaded_since(slice.read_from) }}
    {%- endfor -%}
{%- endmacro %}

{# A bound on the raw load time that is a literal, so that the engine skips the rest; a row without a load time is always
   within. #}
{% macro is_loaded_since(read_from) -%}
    (loaded_partition >= {{ instant_literal(read_from | replace('T', ' ')) }} or loaded_partition is null)
{%- endmacro %}
