{{ config(materialized='view') }}
select signed_up_at + interval 3 day as wake_at, 'tick_at' as follows, 'window' as reason
from {{ source('crm', 'accounts') }}
