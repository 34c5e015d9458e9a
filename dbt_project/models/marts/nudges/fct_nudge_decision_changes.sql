{{ config(
    materialized='incremental',
    partition_by=partitioned_by('tick_at'),
    cluster_by=clustered_by(['account_id', 'nudge_id']),
    incremental_strategy=append_strategy(),
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

-- A dry run, a replay and a build by hand look only; history is written by ticks, which hold the lease.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where tick_id not in ('adhoc', 'replay')

),

{% if is_incremental() -%}
decisions_before as (

    select
        nudge_id,
        reason_code
    from (
        select
            nudge_id,
            reason_code,
            row_number() over (partition by nudge_id order by tick_at desc, changed_from desc nulls last) as recency
        from {{ this }}
    ) as changes_ranked
    where recency = 1

),

{% endif -%}
final as (

    select
        decisions.nudge_id,
        decisions.account_id,
        decisions.milestone_key,
        decisions.channel,
        decisions.arm,
        decisions.decision,
        decisions.reason_code,
        {% if is_incremental() -%}
        decisions_before.reason_code
        {%- else -%}
        cast(null as {{ dbt.type_string() }})
        {%- endif %} as changed_from,
        decisions.namespace,
        decisions.tick_id,
        decisions.cycle,
        decisions.tier,
        decisions.due_at,
        decisions.as_of,
        decisions.tick_at
    from decisions
    {% if is_incremental() -%}
    left join decisions_before
        on decisions.nudge_id = decisions_before.nudge_id
    where
        decisions_before.nudge_id is null
        or decisions_before.reason_code <> decisions.reason_code
    {%- endif %}

)

select * from final
