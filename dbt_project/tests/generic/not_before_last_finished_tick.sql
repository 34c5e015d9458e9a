{# The facts never go back behind those of the last tick that finished in the same namespace: what was a slip then
   would be none now. A replay of an earlier instant is no tick and is let through.

   ticks: relation of the finished ticks #}
{% test not_before_last_finished_tick(model, ticks) %}
with ticks_ranked as (

    select
        namespace,
        tick_id,
        as_of,
        row_number() over (partition by namespace order by finished_at desc, fence desc nulls last) as recency
    from {{ ticks }}

)

select
    facts.as_of,
    ticks_ranked.tick_id as last_tick_id,
    ticks_ranked.as_of as last_as_of
from {{ model }} as facts
inner join ticks_ranked
    on
        facts.namespace = ticks_ranked.namespace
        and ticks_ranked.recency = 1
where
    not facts.is_replay
    {%- if flags.FULL_REFRESH %}
    -- A full refresh is how a person says that the facts are right although they went back.
    and 1 = 0
    {%- endif %}
    and facts.as_of < ticks_ranked.as_of
{% endtest %}
