{{ config(materialized='view', tags=['report']) }}

with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

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

final as (

    {{ slips('accounts', 'milestones', 'path', 'holds') }}

)

select * from final
