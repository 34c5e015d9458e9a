{{ config(materialized='view') }}
select nudge_id, true as is_allowed, cast(null as varchar) as reason_code from {{ ref('int_nudges_scheduled') }}
