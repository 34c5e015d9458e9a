{{ config(tags=['report']) }}

{% set days_in_a_century = 36525 %}

with limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

numbers as (

    {{ numbers_to(days_in_a_century) }}

),

days_listed as (

    select {{ days_after('cast(limits.history_starts_at as date)', 'numbers.n') }} as day_on
    from limits
    cross join numbers

),

final as (

    select days_listed.day_on
    from days_listed
    cross join as_of
    where days_listed.day_on <= cast(as_of.as_of as date)

)

select * from final
