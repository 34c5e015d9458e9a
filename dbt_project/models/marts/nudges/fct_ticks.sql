{{ config(materialized='view') }}

with ticks as (

    select * from {{ ref('stg_nudges__ticks') }}

),

final as (

    select
        tick_id,
        namespace,
        policy_hash,
        due,
        queued,
        claimed,
        sent,
        retryable,
        dead,
        uncertain,
        needs_review,
        suppressed,
        cancelled,
        skipped,
        wanted,
        slips,
        is_held,
        as_of,
        tick_at,
        finished_at,
        next_wake_at
    from ticks

)

select * from final
