with touches as (

    select * from {{ ref('stg_crm__account_touches') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

nudge_states as (

    select distinct
        nudge_id,
        account_id
    from {{ ref('stg_nudges__nudge_states') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select distinct
        {{ md5_hex(
            "account_ids.account_id || '|' || coalesce(touches.touch_id, '') || '|' || coalesce(touches.nudge_id, '') || '|' || touches.kind || '|' || "
            ~ instant_to_text('touches.occurred_at') ~ " || '|' || coalesce(" ~ instant_to_text('touches.until_at')
            ~ ", '') || '|' || coalesce(touches.noted_by, '')"
        ) }} as touch_key,
        account_ids.account_id,
        touches.touch_id,
        touches.nudge_id,
        touches.kind,
        touches.noted_by,
        touches.occurred_at,
        touches.until_at
    from touches
    cross join as_of
    left join nudge_states
        on touches.nudge_id = nudge_states.nudge_id
    inner join account_ids
        on coalesce(touches.account_id, nudge_states.account_id) = account_ids.external_id
    where
        touches.kind is not null
        and touches.occurred_at <= as_of.tick_at
        and coalesce(touches.loaded_at, as_of.tick_at) <= as_of.tick_at

)

select * from final
