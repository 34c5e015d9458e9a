with holds as (

    select * from {{ ref('stg_crm__account_holds') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

final as (

    select distinct
        {{ md5_hex(
            "account_ids.account_id || '|' || " ~ instant_to_text('holds.held_from') ~ " || '|' || coalesce("
            ~ instant_to_text('holds.held_until') ~ ", '') || '|' || coalesce(holds.reason, '') || '|' || coalesce(holds.noted_by, '')"
        ) }} as hold_id,
        account_ids.account_id,
        holds.reason,
        holds.noted_by,
        holds.held_from,
        holds.held_until
    from holds
    inner join account_ids
        on holds.account_id = account_ids.external_id
    where
        holds.held_from is not null
        and (holds.held_until is null or holds.held_until > holds.held_from)

)

select * from final
