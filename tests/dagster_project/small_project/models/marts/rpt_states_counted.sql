{{ config(tags=['report']) }}
select count(*) as states from {{ ref('rpt_states') }}
