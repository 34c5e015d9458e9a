with touches as (

    select * from {{ ref('int_touches_resolved') }}

),

accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

hand_backs as (

    select
        account_id,
        max(occurred_at) as handed_back_at
    from touches
    where kind = 'handed_back'
    group by account_id

),

touches_bounded as (

    select
        touches.account_id,
        touches.kind,
        touches.occurred_at,
        case
            when touches.kind in ('ticket_open', 'snoozed') and touches.until_at is not null then touches.until_at
            else {{ add_microseconds('touches.occurred_at', 'limits.human_touch_cooldown_microseconds') }}
        end as with_csm_until,
        coalesce(touches.occurred_at < hand_backs.handed_back_at, false) as is_handed_back,
        coalesce(touches.occurred_at < accounts.last_progress_at, false) as is_before_progress
    from touches
    cross join limits
    inner join accounts
        on touches.account_id = accounts.account_id
    left join hand_backs
        on touches.account_id = hand_backs.account_id

),

accounts_summed as (

    select
        account_id,
        max(case
            when
                kind in ('meeting', 'call', 'customer_reply', 'ticket_open')
                or (kind = 'snoozed' and not is_handed_back)
                then with_csm_until
        end) as with_csm_until,
        max(case when kind = 'handled' and not is_handed_back and not is_before_progress then 1 else 0 end) = 1
            as is_handled_by_csm,
        max(case when kind = 'not_relevant' and not is_handed_back and not is_before_progress then 1 else 0 end) = 1
            as is_not_relevant
    from touches_bounded
    group by account_id

),

final as (

    select
        accounts_summed.account_id,
        accounts_summed.with_csm_until,
        coalesce(accounts_summed.with_csm_until > as_of.tick_at, false) as is_with_csm,
        accounts_summed.is_handled_by_csm,
        accounts_summed.is_not_relevant,
        hand_backs.handed_back_at
    from accounts_summed
    cross join as_of
    left join hand_backs
        on accounts_summed.account_id = hand_backs.account_id

)

select * from final
