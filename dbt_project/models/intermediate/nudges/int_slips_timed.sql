{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

-- The clock of an account stands for its present step alone. To know how many accounts slipped on a day of last month,
-- every step that they were before counts, also of those who went on.
with accounts_progressed as (

    select * from {{ ref('int_accounts_progressed') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

accounts as (

    select accounts_progressed.*
    from accounts_changed
    cross join as_of
    cross join limits
    inner join accounts_progressed
        on accounts_changed.account_id = accounts_progressed.account_id
    where
        {{ is_looked_back_at('accounts_progressed') }}

),

final as (

    {{ slips('accounts', 'milestones', 'path', 'holds') }}

)

select * from final
