{% set most_spellings = 100 %}

with milestones as (

    select * from {{ ref('int_critical_path') }}

),

positions as (

    {{ numbers_to(most_spellings - 1) }}

),

spellings as (

    select
        milestones.path_key,
        milestones.milestone_key,
        nullif(trim({{ part_of('milestones.event_name', '|', 'positions.n') }}), '') as event_name
    from milestones
    cross join positions

),

final as (

    select distinct
        path_key,
        milestone_key,
        event_name
    from spellings
    where event_name is not null

)

select * from final
