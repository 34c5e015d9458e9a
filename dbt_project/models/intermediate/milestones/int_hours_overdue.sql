{{ config(materialized='view') }}

with clocks as (

    select * from {{ ref('int_account_clocks') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

accounts_past_expected as (

    select
        clocks.account_id,
        clocks.next_milestone_expected_by,
        as_of.as_of
    from clocks
    cross join as_of
    where clocks.next_milestone_expected_by < as_of.as_of

),

holds_since_expected as (

    select
        accounts_past_expected.account_id,
        sum({{ microseconds_between(
            'greatest(holds.held_from, accounts_past_expected.next_milestone_expected_by)',
            'least(coalesce(holds.held_until, accounts_past_expected.as_of), accounts_past_expected.as_of)'
        ) }}) as microseconds_held
    from accounts_past_expected
    inner join holds
        on
            accounts_past_expected.account_id = holds.account_id
            and accounts_past_expected.as_of > holds.held_from
            and accounts_past_expected.next_milestone_expected_by
            < coalesce(holds.held_until, accounts_past_expected.as_of)
    group by accounts_past_expected.account_id

),

final as (

    select
        accounts_past_expected.account_id,
        cast(
            {{ microseconds_between(
                'accounts_past_expected.next_milestone_expected_by',
                'accounts_past_expected.as_of'
            ) }} - coalesce(holds_since_expected.microseconds_held, 0)
            as {{ double_type() }}
        ) / 3600000000 as hours_overdue
    from accounts_past_expected
    left join holds_since_expected
        on accounts_past_expected.account_id = holds_since_expected.account_id

)

select * from final
