{{ config(tags=['report']) }}
select state, count(*) as nudges from {{ ref('fct_nudges') }} group by state
