select
    scheduled.*,
    'workspace_created' as milestone_key, 1 as tier, 'in_app' as channel, 'intercom' as destination,
    case when states.nudge_id is null or states.state = 'retryable' then 'send' else 'done' end as decision,
    case when states.nudge_id is null or states.state = 'retryable' then 'send' else 'already_sent' end as reason_code
from {{ ref('int_nudges_scheduled') }} as scheduled
left join {{ ref('stg_nudges__nudge_states') }} as states on scheduled.nudge_id = states.nudge_id
