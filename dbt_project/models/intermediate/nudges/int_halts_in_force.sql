with halts as (

    select * from {{ ref('stg_nudges__nudge_halts') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A release is a further row of the same stop; the latest row tells whether it is in force. A row without a time is
-- taken for the latest, so that a broken one stops.
halts_ranked as (

    select
        halts.*,
        row_number() over (
            partition by halts.halt_id
            order by
                case when halts.recorded_at is null then 0 else 1 end,
                halts.recorded_at desc,
                case when halts.released_at is null then 1 else 0 end
        ) as recency
    from halts
    cross join as_of
    where coalesce(halts.recorded_at <= as_of.tick_at, true)

),

halts_standing as (

    select
        halts_ranked.halt_id,
        coalesce(trim(halts_ranked.scope), '') as scope,
        {{ dbt.split_part("coalesce(trim(halts_ranked.scope), '')", "':'", 1) }} as scope_kind,
        halts_ranked.who,
        halts_ranked.why,
        halts_ranked.recorded_at,
        halts_ranked.until_at
    from halts_ranked
    cross join as_of
    where
        halts_ranked.recency = 1
        and halts_ranked.released_at is null
        and coalesce(halts_ranked.until_at > as_of.tick_at, true)

),

-- A scope that nobody knows stops everything, as it does at the senders.
final as (

    select
        halt_id,
        case
            when
                scope like '%:%'
                and scope_kind in (
                    'channel', 'destination', 'template', 'experiment', 'account', 'tier', 'namespace'
                )
                then scope_kind
            else 'all'
        end as scope_kind,
        substr(scope, length(scope_kind) + 2) as scope_value,
        who,
        why,
        recorded_at,
        until_at
    from halts_standing

)

select * from final
