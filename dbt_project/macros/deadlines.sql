{# The instant at which an amount of time has run on the account's clock, which stands still during holds.

   requests: name of a CTE with account_id, request_key, starts_at, microseconds (all not null, microseconds >= 0)
   holds: name of a CTE with account_id, held_from, held_until (null: open); disjoint per account
   Gives account_id, request_key, deadline_at: the earliest such instant, null when the time never runs out.

   A hold delays the deadline if it begins before the time has run out; the time run at its beginning is the time since
   the start less the holds between. #}
{% macro deadlines(requests, holds) -%}
    select
        account_id,
        request_key,
        case
            when max(case when is_open and microseconds_run < microseconds then 1 else 0 end) = 1 then null
            else {{ add_microseconds(
                'min(starts_at)',
                'cast(min(microseconds) + coalesce(sum(case when microseconds_run < microseconds then microseconds_held end), 0) as bigint)'
            ) }}
        end as deadline_at
    from (
        select
            account_id,
            request_key,
            starts_at,
            microseconds,
            is_open,
            microseconds_held,
            {{ microseconds_between('starts_at', 'counted_from') }} - coalesce(
                sum(microseconds_held) over (
                    partition by account_id, request_key
                    order by counted_from
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as microseconds_run
        from (
            select
                requested.account_id,
                requested.request_key,
                requested.starts_at,
                requested.microseconds,
                held.account_id is not null and held.held_until is null as is_open,
                coalesce(greatest(held.held_from, requested.starts_at), requested.starts_at) as counted_from,
                {{ microseconds_between('coalesce(greatest(held.held_from, requested.starts_at), requested.starts_at)', 'held.held_until') }} as microseconds_held
            from {{ requests }} as requested
            left join {{ holds }} as held
                on
                    requested.account_id = held.account_id
                    and (held.held_until > requested.starts_at or held.held_until is null)
        ) as holds_clipped
    ) as holds_run
    group by account_id, request_key
{%- endmacro %}
