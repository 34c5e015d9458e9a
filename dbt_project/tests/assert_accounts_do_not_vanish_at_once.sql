-- Half of all accounts gone between two ticks is a load that was caught half-way, and not a day on which half of the
-- customers left. A full refresh says that it is right.
-- depends_on: {{ ref('dim_accounts') }}
{{ config(tags=['guard']) }}

{% set progressed_before = kept_relation('int_accounts_progressed') if computed_through() else none %}

with accounts_counted as (

    select count(*) as accounts_now from {{ ref('dim_accounts') }}

),

accounts_counted_before as (

    select count(*) as accounts_before from {{ progressed_before or ref('dim_accounts') }}

)

select
    accounts_counted.accounts_now,
    accounts_counted_before.accounts_before
from accounts_counted
cross join accounts_counted_before
where
    accounts_counted_before.accounts_before >= 20
    and 2 * accounts_counted.accounts_now < accounts_counted_before.accounts_before
