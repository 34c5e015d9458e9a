{{ config(materialized='table', tags=['report']) }}

-- Whose an account was, at any time. The snapshot knows it from the night on in which it was first taken; before the
-- first message of the namespace nobody kept a history, so those weeks are told by the owner of today.
with accounts as (

    select * from {{ ref('dim_accounts') }}

),

versions as (

    select * from {{ ref('snp_crm_accounts') }}

),

first_message as (

    select * from {{ ref('int_first_message_dated') }}
    where first_sent_at is not null

),

versions_ordered as (

    select
        account_id,
        csm_email,
        cast(dbt_valid_from as timestamp) as valid_from,
        lead(cast(dbt_valid_from as timestamp)) over (partition by account_id order by dbt_valid_from) as valid_until,
        row_number() over (partition by account_id order by dbt_valid_from) as place
    from versions

),

-- Whole weeks are told by one source each, from the week of the first message on. A new account is seen a night
-- late, so its first version holds for the whole of its week.
versions_dated as (

    select
        versions_ordered.account_id,
        versions_ordered.csm_email,
        greatest(
            coalesce(cast(first_message.first_week_on as timestamp), {{ instant_literal('0001-01-01 00:00:00') }}),
            case
                when versions_ordered.place = 1
                    then cast({{ start_of_week('versions_ordered.valid_from') }} as timestamp)
                else versions_ordered.valid_from
            end
        ) as owned_from,
        coalesce(versions_ordered.valid_until, {{ instant_literal('9999-12-31 00:00:00') }}) as owned_until
    from versions_ordered
    cross join first_message

),

versions_counted as (

    select * from versions_dated
    where owned_from < owned_until

),

first_versions as (

    select
        account_id,
        min(owned_from) as seen_from
    from versions_counted
    group by account_id

),

owners as (

    select
        accounts.account_id,
        accounts.csm_email,
        'owner_of_today' as owner_source,
        {{ instant_literal('1900-01-01 00:00:00') }} as owned_from,
        coalesce(first_versions.seen_from, {{ instant_literal('9999-12-31 00:00:00') }}) as owned_until
    from accounts
    left join first_versions
        on accounts.account_id = first_versions.account_id
    union all
    select
        versions_counted.account_id,
        versions_counted.csm_email,
        'snapshot' as owner_source,
        versions_counted.owned_from,
        versions_counted.owned_until
    from versions_counted
    inner join accounts
        on versions_counted.account_id = accounts.account_id

),

final as (

    select
        account_id,
        coalesce(nullif(trim(csm_email), ''), '(no owner)') as csm_email,
        owner_source,
        owned_from,
        owned_until
    from owners

)

select * from final
