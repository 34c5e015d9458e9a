{{ config(materialized='view') }}

-- When what holds back more than one message may let go of it.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}

),

ceilings as (

    select * from {{ ref('int_ceilings_checked') }}

),

checks as (

    select * from {{ ref('int_anomalies_checked') }}

),

release as (

    select * from {{ ref('int_anomalies_released') }}

),

sources as (

    select * from {{ ref('int_sources_checked') }}

),

halts as (

    select * from {{ ref('int_halts_in_force') }}

),

templates as (

    select * from {{ ref('int_templates_watched') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

nudges_waiting as (

    select distinct reason_code
    from decisions
    where reason_code = 'over_ceiling'

),

-- Of which a day says something, the next one may say otherwise.
days_held_against as (

    select 1 as one
    from checks
    where is_holding
    union all
    select 1 as one
    from sources
    where is_volume_low

),

stops_ending as (

    -- What was too much for this tick has its turn once every ceiling has room again.
    select
        max(ceilings.has_room_again_at) as wake_at,
        'tick_at' as follows,
        'room' as reason
    from ceilings
    cross join nudges_waiting
    group by ceilings.channel
    union all
    -- A tick that only looks is followed by one that may send.
    select
        looks_again_at as wake_at,
        'tick_at' as follows,
        'rehearsal_over' as reason
    from checks
    union all
    select
        until_at as wake_at,
        'tick_at' as follows,
        'halt_ends' as reason
    from halts
    union all
    select
        looks_again_at as wake_at,
        'tick_at' as follows,
        'halt_ends' as reason
    from templates
    union all
    select
        until_at as wake_at,
        'tick_at' as follows,
        'release_ends' as reason
    from release
    union all
    select
        cast({{ days_after('cast(as_of.as_of as date)', '1') }} as timestamp) as wake_at,
        'as_of' as follows,
        'day_begins' as reason
    from as_of
    cross join days_held_against

),

final as (

    select distinct
        wake_at,
        follows,
        reason
    from stops_ending
    where wake_at is not null

)

select * from final
