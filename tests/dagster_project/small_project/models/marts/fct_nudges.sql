{{ config(tags=['after_senders']) }}
select nudge_id, state from {{ ref('stg_nudges__nudge_states') }}
