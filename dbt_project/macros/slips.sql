{# The steps at which accounts slipped, or will if nothing happens: the time of the step ran out on the account's clock
   before any progress came.

   accounts: name of a CTE with account_id, path_key, signed_up_at
   milestones: name of a CTE with account_id, milestone_order, completed_at (null: not completed)
   path: name of a CTE with path_key, milestone_key, milestone_order, slip_microseconds
   holds: name of a CTE with account_id, held_from, held_until (null: open); disjoint per account
   Gives account_id, milestone_key, started_at, slips_at, ended_at (null: no progress came since).

   After first value there is no step, and so no slip. #}
{% macro slips(accounts, milestones, path, holds) -%}
    with progress_made as (

        select
            account_id,
            path_key,
            signed_up_at as progressed_at,
            cast(null as integer) as milestone_order
        from {{ accounts }}
        union all
        select
            progressing.account_id,
            progressing.path_key,
            greatest(completions.completed_at, progressing.signed_up_at) as progressed_at,
            completions.milestone_order
        from {{ accounts }} as progressing
        inner join {{ milestones }} as completions
            on progressing.account_id = completions.account_id
        where completions.completed_at is not null

    ),

    progress_by_instant as (

        select
            account_id,
            path_key,
            progressed_at,
            max(milestone_order) as milestone_order
        from progress_made
        group by account_id, path_key, progressed_at

    ),

    progress_followed as (

        select
            account_id,
            path_key,
            progressed_at,
            max(milestone_order) over (
                partition by account_id
                order by progressed_at
                rows between unbounded preceding and current row
            ) as furthest_order,
            lead(progressed_at) over (partition by account_id order by progressed_at) as ended_at
        from progress_by_instant

    ),

    path_steps as (

        select
            path_key,
            milestone_key,
            slip_microseconds,
            lag(milestone_order) over (partition by path_key order by milestone_order) as order_before
        from {{ path }}

    ),

    steps as (

        select
            progress_followed.account_id,
            path_steps.milestone_key,
            progress_followed.progressed_at,
            progress_followed.ended_at,
            path_steps.slip_microseconds
        from progress_followed
        inner join path_steps
            on
                progress_followed.path_key = path_steps.path_key
                and coalesce(progress_followed.furthest_order, -2147483648)
                = coalesce(path_steps.order_before, -2147483648)

    ),

    requests as (

        select
            account_id,
            {{ instant_to_text('progressed_at') }} as request_key,
            progressed_at as starts_at,
            slip_microseconds as microseconds
        from steps

    ),

    deadlines_computed as (

        {{ deadlines('requests', holds) }}

    )

    select
        steps.account_id,
        steps.milestone_key,
        steps.progressed_at as started_at,
        deadlines_computed.deadline_at as slips_at,
        steps.ended_at
    from steps
    inner join deadlines_computed
        on
            steps.account_id = deadlines_computed.account_id
            and {{ instant_to_text('steps.progressed_at') }} = deadlines_computed.request_key
    where
        deadlines_computed.deadline_at is not null
        and coalesce(steps.ended_at > deadlines_computed.deadline_at, true)
{%- endmacro %}
