select account_id, 'workspace_created' as next_milestone_key, cast(null as timestamp) as slips_at
from {{ source('crm', 'accounts') }}
