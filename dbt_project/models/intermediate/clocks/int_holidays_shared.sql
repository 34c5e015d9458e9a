{{ config(materialized='view') }}

-- Days of which quiet is no news. A holiday of a minority leaves more than half of a usual day, which no check takes
-- for silence.
with accounts as (

    select * from {{ ref('dim_accounts') }}
    where not is_internal

),

holidays as (

    select distinct
        country_code,
        {{ cast_or_null('holiday_on', 'date') }} as holiday_on
    from {{ ref('holidays') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

customers as (

    select accounts.country_code
    from accounts
    cross join as_of
    where coalesce(accounts.churned_at > as_of.as_of, true)

),

customers_counted as (

    select count(*) as customers from customers

),

customers_off as (

    select
        holidays.holiday_on,
        count(*) as customers_off
    from holidays
    inner join customers
        on holidays.country_code = customers.country_code
    where holidays.holiday_on is not null
    group by holidays.holiday_on

),

final as (

    select customers_off.holiday_on
    from customers_off
    cross join customers_counted
    where 2 * customers_off.customers_off > customers_counted.customers

)

select * from final
