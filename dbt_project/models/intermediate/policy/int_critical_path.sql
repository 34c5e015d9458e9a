with milestones as (

    select * from {{ ref('critical_path') }}

),

path_totals as (

    select
        path_key,
        count(*) as milestones_total,
        max(cast(milestone_order as integer)) as last_milestone_order,
        max(case when clock = 'business' then 1 else 0 end) = 1 as is_business_clock
    from milestones
    group by path_key

),

milestones_typed as (

    select
        milestones.path_key,
        milestones.milestone_key,
        milestones.milestone_name,
        milestones.event_name,
        nullif(trim(milestones.how_to_url), '') as how_to_url,
        nullif(trim(milestones.recipient_role), '') as recipient_role,
        cast(milestones.milestone_order as integer) as milestone_order,
        cast(path_totals.milestones_total as integer) as milestones_total,
        {{ hours_to_microseconds('milestones.expected_hours') }} as expected_microseconds,
        {{ hours_to_microseconds('milestones.slip_hours') }} as slip_microseconds,
        path_totals.is_business_clock,
        cast(milestones.milestone_order as integer) = path_totals.last_milestone_order
            as is_first_value
    from milestones
    inner join path_totals
        on milestones.path_key = path_totals.path_key

),

final as (

    select * from milestones_typed

)

select * from final
