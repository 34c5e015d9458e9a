{{ config(materialized='table', tags=['report']) }}

{% set weeks_at_most = 20 * 53 %}

with accounts as (

    select * from {{ ref('dim_accounts') }}
    where not is_internal

),

accounts_progressed as (

    select * from {{ ref('int_accounts_progressed') }}

),

owners as (

    select * from {{ ref('int_account_owners_dated') }}

),

stalls as (

    select * from {{ ref('int_stalls_escalated') }}

),

escalations as (

    select * from {{ ref('int_escalations_sent') }}

),

first_message as (

    select * from {{ ref('int_first_message_dated') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

weeks_numbered as (

    {{ numbers_to(weeks_at_most) }}

),

weeks_dated as (

    select {{ days_after(start_of_week('as_of.as_of'), '-7 * weeks_numbered.n') }} as week_start_on
    from weeks_numbered
    cross join as_of

),

weeks as (

    select
        weeks_dated.week_start_on,
        cast(weeks_dated.week_start_on as timestamp) as begins_at,
        cast({{ days_after('weeks_dated.week_start_on', '7') }} as timestamp) as ends_at,
        cast({{ days_after('weeks_dated.week_start_on', '7') }} as timestamp)
        <= least(as_of.as_of, coalesce(cast(first_message.first_week_on as timestamp), as_of.as_of))
            as is_before_agent
    from weeks_dated
    cross join as_of
    cross join first_message

),

-- The last instant of the onboarding window belongs to it.
accounts_in_care as (

    select
        accounts.account_id,
        accounts.signed_up_at as care_from,
        least(
            {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds + 1') }},
            coalesce(accounts_progressed.first_value_at, {{ instant_literal('9999-12-31 00:00:00') }}),
            coalesce(accounts.churned_at, {{ instant_literal('9999-12-31 00:00:00') }})
        ) as care_until
    from accounts
    cross join limits
    inner join accounts_progressed
        on accounts.account_id = accounts_progressed.account_id

),

-- Who handed an account over within a week had it in that week, and so had the other.
care_of_owners as (

    select
        accounts_in_care.account_id,
        owners.csm_email,
        owners.owner_source,
        greatest(accounts_in_care.care_from, owners.owned_from) as cared_from,
        least(accounts_in_care.care_until, owners.owned_until) as cared_until
    from accounts_in_care
    inner join owners
        on accounts_in_care.account_id = owners.account_id

),

care_by_week as (

    select
        weeks.week_start_on,
        care_of_owners.account_id,
        care_of_owners.csm_email,
        care_of_owners.owner_source,
        greatest(care_of_owners.cared_from, weeks.begins_at) as cared_from,
        least(care_of_owners.cared_until, weeks.ends_at) as cared_until
    from care_of_owners
    inner join weeks
        on
            care_of_owners.cared_from < weeks.ends_at
            and care_of_owners.cared_until > weeks.begins_at
    where care_of_owners.cared_from < care_of_owners.cared_until

),

accounts_counted as (

    select
        week_start_on,
        csm_email,
        count(distinct account_id) as accounts_carried,
        max(case when owner_source = 'owner_of_today' then 1 else 0 end) as is_owner_of_today
    from care_by_week
    group by week_start_on, csm_email

),

stalled_counted as (

    select
        care_by_week.week_start_on,
        care_by_week.csm_email,
        count(distinct care_by_week.account_id) as stalled_accounts_in_care
    from care_by_week
    inner join stalls
        on care_by_week.account_id = stalls.account_id
    where
        stalls.stalled_at < care_by_week.cared_until
        and coalesce(stalls.resolved_at > care_by_week.cared_from, true)
    group by care_by_week.week_start_on, care_by_week.csm_email

),

escalations_counted as (

    select
        {{ start_of_week('escalations.sent_at') }} as week_start_on,
        coalesce(owners.csm_email, '(no owner)') as csm_email,
        count(*) as escalations,
        max(case when owners.owner_source = 'snapshot' then 0 else 1 end) as is_owner_of_today
    from escalations
    left join owners
        on
            escalations.account_id = owners.account_id
            and escalations.sent_at >= owners.owned_from
            and escalations.sent_at < owners.owned_until
    group by
        {{ start_of_week('escalations.sent_at') }},
        coalesce(owners.csm_email, '(no owner)')

),

stalls_resolved as (

    select
        {{ start_of_week('stalls.resolved_at') }} as week_start_on,
        owners.csm_email,
        owners.owner_source,
        cast({{ microseconds_between('stalls.escalated_at', 'stalls.resolved_at') }} as {{ double_type() }})
        / 3600000000 as hours_to_resolution
    from stalls
    inner join owners
        on stalls.account_id = owners.account_id
    where
        stalls.resolved_at >= owners.owned_from
        and stalls.resolved_at < owners.owned_until

),

stalls_ranked as (

    select
        *,
        row_number() over (
            partition by week_start_on, csm_email, hours_to_resolution is null
            order by hours_to_resolution
        ) as place,
        count(*) over (partition by week_start_on, csm_email, hours_to_resolution is null) as places
    from stalls_resolved

),

stalls_counted as (

    select
        week_start_on,
        csm_email,
        count(*) as stalls_resolved,
        count(hours_to_resolution) as stalls_resolved_after_escalation,
        -- The middle one, or the two in the middle.
        avg(case when 2 * place between places and places + 2 then hours_to_resolution end)
            as median_hours_to_resolution,
        max(case when owner_source = 'owner_of_today' then 1 else 0 end) as is_owner_of_today
    from stalls_ranked
    group by week_start_on, csm_email

),

counts_unioned as (

    select
        week_start_on,
        csm_email,
        is_owner_of_today,
        accounts_carried,
        0 as escalations,
        0 as stalls_resolved,
        0 as stalls_resolved_after_escalation,
        cast(null as {{ double_type() }}) as median_hours_to_resolution
    from accounts_counted
    union all
    select
        week_start_on,
        csm_email,
        is_owner_of_today,
        0 as accounts_carried,
        escalations,
        0 as stalls_resolved,
        0 as stalls_resolved_after_escalation,
        cast(null as {{ double_type() }}) as median_hours_to_resolution
    from escalations_counted
    union all
    select
        week_start_on,
        csm_email,
        is_owner_of_today,
        0 as accounts_carried,
        0 as escalations,
        stalls_resolved,
        stalls_resolved_after_escalation,
        median_hours_to_resolution
    from stalls_counted

),

weeks_summed as (

    select
        week_start_on,
        csm_email,
        max(is_owner_of_today) as is_owner_of_today,
        sum(accounts_carried) as accounts_carried,
        sum(escalations) as escalations,
        sum(stalls_resolved) as stalls_resolved,
        sum(stalls_resolved_after_escalation) as stalls_resolved_after_escalation,
        max(median_hours_to_resolution) as median_hours_to_resolution
    from counts_unioned
    group by week_start_on, csm_email

),

weeks_of_csms as (

    select
        weeks_summed.*,
        coalesce(stalled_counted.stalled_accounts_in_care, 0) as stalled_accounts_in_care
    from weeks_summed
    left join stalled_counted
        on
            weeks_summed.week_start_on = stalled_counted.week_start_on
            and weeks_summed.csm_email = stalled_counted.csm_email

),

-- A week in which a CSM had no account counts as none, from the first one on in which there was any.
sums_before_agent as (

    select
        weeks_of_csms.csm_email,
        min(weeks_of_csms.week_start_on) as first_week_on,
        sum(weeks_of_csms.accounts_carried) as accounts_carried,
        sum(weeks_of_csms.stalled_accounts_in_care) as stalled_accounts_in_care
    from weeks_of_csms
    inner join weeks
        on weeks_of_csms.week_start_on = weeks.week_start_on
    where weeks.is_before_agent
    group by weeks_of_csms.csm_email

),

means_before_agent as (

    select
        sums_before_agent.csm_email,
        cast(max(sums_before_agent.accounts_carried) as {{ double_type() }}) / count(*) as accounts_carried,
        cast(max(sums_before_agent.stalled_accounts_in_care) as {{ double_type() }})
        / count(*) as stalled_accounts_in_care
    from sums_before_agent
    inner join weeks
        on sums_before_agent.first_week_on <= weeks.week_start_on
    where weeks.is_before_agent
    group by sums_before_agent.csm_email

),

final as (

    select
        weeks_of_csms.week_start_on,
        weeks_of_csms.csm_email,
        case when weeks_of_csms.is_owner_of_today = 1 then 'owner_of_today' else 'snapshot' end as owner_source,
        cast({{ days_after('weeks_of_csms.week_start_on', '7') }} as timestamp) <= as_of.as_of as is_week_complete,
        cast(weeks_of_csms.accounts_carried as bigint) as accounts_carried,
        cast(weeks_of_csms.stalled_accounts_in_care as bigint) as stalled_accounts_in_care,
        cast(weeks_of_csms.escalations as bigint) as escalations,
        cast(weeks_of_csms.stalls_resolved as bigint) as stalls_resolved,
        cast(weeks_of_csms.stalls_resolved_after_escalation as bigint) as stalls_resolved_after_escalation,
        cast(weeks_of_csms.median_hours_to_resolution as {{ double_type() }}) as median_hours_to_resolution,
        cast(means_before_agent.accounts_carried as {{ double_type() }}) as accounts_carried_before_agent,
        cast(means_before_agent.stalled_accounts_in_care as {{ double_type() }})
            as stalled_accounts_before_agent
    from weeks_of_csms
    cross join as_of
    left join means_before_agent
        on weeks_of_csms.csm_email = means_before_agent.csm_email

)

select * from final
