select * from {{ source('nudges', 'nudge_states') }}
