{% set hour = 3600000000 %}

-- How many messages may leave in the tick, in the hour before it ends and in the day: the rest waits for its turn.
with limits as (

    select * from {{ ref('delivery_limits') }}

),

accounts as (

    select * from {{ ref('int_accounts_guarded') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}
    where is_possibly_sent

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

limits_typed as (

    select
        limit_name,
        case when scope like 'channel:%' then substr(scope, 9) else '' end as channel,
        {{ cast_or_null('limit_value', double_type()) }} as amount
    from limits

),

accounts_counted as (

    select count(*) as accounts_onboarding
    from accounts
    where
        not is_window_over
        and coalesce(account_reason_code, '') not in ('internal', 'churned')

),

spans as (

    {% for span, microseconds in [('tick', 0), ('hour', hour), ('day', 24 * hour)] -%}
    select
        '{{ span }}' as span,
        cast({{ microseconds }} as bigint) as microseconds
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Of many accounts a number of messages, of few a share of them, and of very few some all the same.
ceilings_of_everything as (

    select
        spans.span,
        '' as channel,
        spans.microseconds,
        least(
            max(case when limits_typed.limit_name = 'max_nudges_per_' || spans.span then limits_typed.amount end),
            greatest(
                max(case when limits_typed.limit_name = 'max_nudges_of_any_base' then limits_typed.amount end),
                max(
                    case
                        when limits_typed.limit_name = 'max_nudges_per_' || spans.span || '_percent'
                            then limits_typed.amount
                    end
                ) * cast(max(accounts_counted.accounts_onboarding) as {{ double_type() }}) / 100
            )
        ) as max_nudges
    from spans
    cross join limits_typed
    cross join accounts_counted
    where limits_typed.channel = ''
    group by spans.span, spans.microseconds

),

ceilings_of_channels as (

    select
        spans.span,
        limits_typed.channel,
        spans.microseconds,
        min(limits_typed.amount) as max_nudges
    from spans
    inner join limits_typed
        on limits_typed.limit_name = 'max_nudges_per_' || spans.span
    where limits_typed.channel <> ''
    group by spans.span, limits_typed.channel, spans.microseconds

),

ceilings as (

    select * from ceilings_of_everything
    union all
    select * from ceilings_of_channels

),

attempts_counted as (

    select
        ceilings.span,
        ceilings.channel,
        count(*) as attempted,
        min(ledger.last_attempted_at) as first_attempted_at
    from ceilings
    cross join as_of
    inner join ledger
        on
            ledger.last_attempted_at > {{ add_microseconds('as_of.tick_at', '-1 * ceilings.microseconds') }}
            and (ceilings.channel = '' or ceilings.channel = ledger.channel)
    where {{ is_known_to_replay('ledger.last_attempted_at') }}
    group by ceilings.span, ceilings.channel

),

ceilings_used as (

    select
        ceilings.span,
        ceilings.channel,
        ceilings.microseconds,
        cast(floor(coalesce(ceilings.max_nudges, 0)) as bigint) as max_nudges,
        coalesce(attempts_counted.attempted, 0) as attempted,
        attempts_counted.first_attempted_at
    from ceilings
    left join attempts_counted
        on
            ceilings.span = attempts_counted.span
            and ceilings.channel = attempts_counted.channel

),

ceilings_against_others as (

    select
        *,
        greatest(max_nudges - attempted, 0) as room,
        min(greatest(max_nudges - attempted, 0)) over (partition by channel) as least_room
    from ceilings_used

),

final as (

    select
        ceilings_against_others.span,
        ceilings_against_others.channel,
        ceilings_against_others.max_nudges,
        cast(ceilings_against_others.attempted as bigint) as attempted,
        cast(ceilings_against_others.room as bigint) as room,
        case
            when ceilings_against_others.room > ceilings_against_others.least_room then null
            when ceilings_against_others.span = 'tick' then {{ add_microseconds('as_of.tick_at', 1000000) }}
            else {{ add_microseconds(
                'coalesce(ceilings_against_others.first_attempted_at, as_of.tick_at)',
                'ceilings_against_others.microseconds'
            ) }}
        end as has_room_again_at
    from ceilings_against_others
    cross join as_of

)

select * from final
