with milestones as (

    select * from {{ ref('int_milestones_placed') }}

),

final as (

    select
        account_id,
        path_key,
        milestone_key,
        status,
        milestone_order,
        completed_at,
        first_known_at
    from milestones

)

select * from final
