{# When the clocks of accounts stand still: holds of the CRM and days off, overlapping and adjacent ones as one.

   accounts: name of a CTE with account_id, country_code, timezone, is_business_clock, counted_from (what ended before
     does not count) and days_off_until (days off that begin from then on do not count)
   crm_holds: name of a CTE with account_id, held_from, held_until (null: open)
   days_off: name of a CTE with country_code, timezone, held_from, held_until
   Gives account_id, held_from, held_until (null: open); disjoint per account. #}
{% macro merged_holds(accounts, crm_holds, days_off) -%}
    {%- set forever = instant_literal('9999-12-31 00:00:00') -%}
    with holds_of_both_kinds as (

        select
            accounts_held.account_id,
            crm_pauses.held_from,
            coalesce(crm_pauses.held_until, {{ forever }}) as held_until
        from {{ accounts }} as accounts_held
        inner join {{ crm_holds }} as crm_pauses
            on accounts_held.account_id = crm_pauses.account_id
        where coalesce(crm_pauses.held_until, {{ forever }}) > accounts_held.counted_from
        union all
        select
            accounts_held.account_id,
            days_paused.held_from,
            days_paused.held_until
        from {{ accounts }} as accounts_held
        inner join {{ days_off }} as days_paused
            on
                coalesce(accounts_held.country_code, '') = days_paused.country_code
                and accounts_held.timezone = days_paused.timezone
                and accounts_held.counted_from < days_paused.held_until
                and accounts_held.days_off_until > days_paused.held_from
        where accounts_held.is_business_clock

    ),

    holds_against_earlier as (

        select
            *,
            max(held_until) over (
                partition by account_id
                order by held_from, held_until
                rows between unbounded preceding and 1 preceding
            ) as earlier_held_until
        from holds_of_both_kinds

    ),

    -- A hold that begins within, or right at the end of, an earlier one goes on with it: hours count once.
    holds_numbered as (

        select
            *,
            sum(case when earlier_held_until is null or held_from > earlier_held_until then 1 else 0 end) over (
                partition by account_id
                order by held_from, held_until
                rows between unbounded preceding and current row
            ) as hold_number
        from holds_against_earlier

    )

    select
        account_id,
        min(held_from) as held_from,
        nullif(max(held_until), {{ forever }}) as held_until
    from holds_numbered
    group by account_id, hold_number
{%- endmacro %}
