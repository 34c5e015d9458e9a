-- Nobody gets two tiers at once.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

final as (

    select
        account_id,
        count(*) as nudges
    from decisions
    group by account_id
    having count(*) > 1

)

select * from final
