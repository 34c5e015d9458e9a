-- Every nudge that is due has exactly one reason: none is forgotten and none is counted twice.
with schedule as (

    select count(*) as due_nudges from {{ ref('int_nudges_scheduled') }}
    where is_due

),

nudges_by_reason as (

    select
        reason_code,
        count(*) as nudges
    from {{ ref('fct_nudge_decisions') }}
    group by reason_code

),

reasons_summed as (

    select coalesce(sum(nudges), 0) as nudges from nudges_by_reason

),

final as (

    select
        schedule.due_nudges,
        reasons_summed.nudges
    from schedule
    cross join reasons_summed
    where schedule.due_nudges <> reasons_summed.nudges

)

select * from final
