with group_calls as (

    select * from {{ ref('stg_segment__groups') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

group_calls_known as (

    select
        group_calls.user_id,
        group_calls.group_id,
        group_calls.occurred_at,
        row_number() over (
            partition by group_calls.user_id, group_calls.occurred_at
            order by group_calls.loaded_at desc nulls last, group_calls.group_id desc
        ) as recency
    from group_calls
    cross join as_of
    where
        group_calls.user_id is not null
        and group_calls.group_id is not null
        and group_calls.occurred_at is not null
        and coalesce(group_calls.loaded_at, as_of.tick_at) <= as_of.tick_at

),

group_calls_at_one_instant as (

    select * from group_calls_known
    where recency = 1

),

-- Products call group on every page; only a change of group says anything.
group_changes as (

    select
        user_id,
        group_id,
        occurred_at
    from (
        select
            user_id,
            group_id,
            occurred_at,
            lag(group_id) over (partition by user_id order by occurred_at) as group_id_before
        from group_calls_at_one_instant
    ) as group_calls_compared
    where group_id_before is null or group_id_before <> group_id

),

-- The first event often precedes the group call, so the first group reaches back to the beginning.
final as (

    select
        user_id,
        group_id,
        case
            when lag(occurred_at) over (partition by user_id order by occurred_at) is null
                then {{ instant_literal('0001-01-01 00:00:00') }}
            else occurred_at
        end as valid_from,
        coalesce(
            lead(occurred_at) over (partition by user_id order by occurred_at),
            {{ instant_literal('9999-12-31 00:00:00') }}
        ) as valid_until
    from group_changes

)

select * from final
