{% set asked = var('as_of', none) %}
with held as (
    select tick_id, namespace, tick_at from {{ source('nudges', 'nudge_lease') }}
    where released_at is null and tick_id is not null
),
newest as (
    select max(received_at) - interval 30 minute as as_of from {{ source('segment', 'tracks') }}
)
select
    coalesce((select tick_id from held), 'adhoc') as tick_id,
    coalesce((select namespace from held), 'dev/shadow') as namespace,
    {% if asked %}
    cast(cast('{{ asked }}' as timestamptz) as timestamp) as tick_at,
    cast(cast('{{ asked }}' as timestamptz) as timestamp) as as_of,
    true as is_replay
    {% else %}
    coalesce((select tick_at from held), cast(current_timestamp as timestamp)) as tick_at,
    newest.as_of,
    false as is_replay
    {% endif %}
from newest
