select
    md5('dev/shadow' || accounts.account_id) as nudge_id,
    accounts.account_id,
    accounts.account_name,
    accounts.signed_up_at + interval 1 hour as due_at
from {{ source('crm', 'accounts') }} as accounts
cross join {{ ref('int_as_of') }} as as_of
where accounts.signed_up_at + interval 1 hour <= as_of.as_of
    and not exists (
        select 1 from {{ source('segment', 'tracks') }} as tracks
        where tracks.context_group_id = accounts.account_id and tracks.event = 'Workspace Created'
    )
