{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_users() }}',
    on_schema_change='fail'
) }}

with group_calls_kept as (

    select * from {{ ref('int_group_calls_kept') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

users_changed as (

    select distinct user_id from group_calls_kept
    where {{ is_changed_since_computed('kept_at') }}

),

group_calls_ranked as (

    select
        group_calls_kept.user_id,
        group_calls_kept.group_id,
        group_calls_kept.occurred_at,
        row_number() over (
            partition by group_calls_kept.user_id, group_calls_kept.occurred_at
            order by group_calls_kept.loaded_at desc nulls last, group_calls_kept.group_id desc
        ) as recency
    from users_changed
    inner join group_calls_kept
        on users_changed.user_id = group_calls_kept.user_id

),

group_calls_at_one_instant as (

    select * from group_calls_ranked
    where recency = 1

),

-- Only a change of group says anything.
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
stretches as (

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

),

final as (

    select
        stretches.user_id,
        stretches.group_id,
        stretches.valid_from,
        stretches.valid_until,
        as_of.tick_at as changed_at
    from stretches
    cross join as_of

)

select * from final
