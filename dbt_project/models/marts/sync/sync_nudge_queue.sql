with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

recipients as (

    select * from {{ ref('int_recipients_chosen') }}

),

health as (

    select * from {{ ref('int_account_health') }}

),

templates as (

    select * from {{ ref('int_templates_chosen') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

withdrawals as (

    select * from {{ ref('int_nudges_withdrawn') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

sends_limited as (

    select * from {{ ref('int_sends_limited') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

answers as (

    select * from {{ ref('int_messages_answered') }}

),

earlier_nudges as (

    select
        decisions.nudge_id,
        {{ ordered_list(
            "case ledger.channel when 'in_app' then 'in-app hint' when 'email' then 'email' else 'message to the CSM' end || ' sent '
            || replace(substr(" ~ instant_to_text('ledger.sent_at') ~ ", 1, 16), 'T', ' ') || ' UTC'
            || case when answers.clicked_at is not null then ' (clicked)' when answers.opened_at is not null then ' (opened)' else '' end",
            ', ',
            'ledger.tier'
        ) }} as earlier_nudges
    from decisions
    inner join ledger
        on
            decisions.account_id = ledger.account_id
            and decisions.cycle = ledger.cycle
            and decisions.milestone_key = ledger.milestone_key
    left join answers
        on ledger.nudge_id = answers.nudge_id
    where ledger.sent_at is not null
    group by decisions.nudge_id

),

-- Once for both: what is to be told, and what is to be taken back where it was told.
nudges as (

    select
        decisions.nudge_id,
        'deliver' as action,
        decisions.account_id,
        decisions.path_key,
        decisions.milestone_key,
        decisions.channel,
        decisions.destination,
        decisions.contact_id,
        decisions.recipient_reason,
        recipients.user_id as contact_user_id,
        recipients.email as contact_email,
        recipients.full_name as contact_name,
        recipients.timezone as contact_timezone,
        decisions.template_key,
        cast(null as {{ dbt.type_string() }}) as withdraw_reason_code,
        decisions.cycle,
        decisions.tier,
        decisions.due_at,
        decisions.eligible_at
    from decisions
    left join recipients
        on decisions.nudge_id = recipients.nudge_id
    union all
    select
        nudge_id,
        'withdraw' as action,
        account_id,
        cast(null as {{ dbt.type_string() }}) as path_key,
        milestone_key,
        channel,
        destination,
        contact_id,
        cast(null as {{ dbt.type_string() }}) as recipient_reason,
        contact_user_id,
        contact_email,
        contact_name,
        contact_timezone,
        template_key,
        withdraw_reason_code,
        cycle,
        tier,
        cast(null as timestamp) as due_at,
        cast(null as timestamp) as eligible_at
    from withdrawals

),

-- Elsewhere only addresses at the allowed domains are written to; an id leads to an address that nobody has looked at.
final as (

    select
        as_of.tick_id,
        as_of.namespace,
        policy_hash.policy_hash,
        nudges.nudge_id,
        nudges.action,
        sends_limited.digest_key,
        nudges.account_id,
        nudges.milestone_key,
        nudges.channel,
        nudges.destination,
        nudges.contact_id,
        nudges.recipient_reason,
        case when {{ writes_to_everybody() }} then nudges.contact_user_id end as contact_user_id,
        nudges.contact_email,
        nudges.contact_name,
        nudges.contact_timezone,
        accounts.account_name,
        accounts.path_key,
        accounts.segment,
        accounts.plan,
        accounts.timezone as account_timezone,
        accounts.csm_name,
        accounts.csm_email,
        case when {{ writes_to_everybody() }} then accounts.csm_slack_id end as csm_slack_id,
        path.milestone_name,
        path.how_to_url,
        health.furthest_milestone_name,
        nudges.template_key,
        nudges.withdraw_reason_code,
        coalesce(templates.template_milestone_key, '') as template_milestone_key,
        coalesce(templates.template_error_class, '') as template_error_class,
        coalesce(templates.variant, '') as variant,
        templates.vendor_template_id,
        earlier_nudges.earlier_nudges,
        health.failed_integration,
        health.failed_error_code,
        health.failed_error_class,
        health.failed_error_message,
        health.failed_proposed_fix,
        health.failed_log_url,
        cast(nudges.cycle as integer) as cycle,
        cast(nudges.tier as integer) as tier,
        path.milestone_order,
        cast(health.day_of_onboarding as integer) as day_of_onboarding,
        health.milestones_completed,
        health.milestones_total,
        health.active_contacts_7d,
        health.hours_overdue,
        health.has_complaint,
        accounts.signed_up_at,
        health.next_milestone_expected_by,
        nudges.due_at,
        nudges.eligible_at,
        cast(null as timestamp) as deadline_at,
        health.last_activity_at,
        health.failed_at,
        as_of.as_of,
        as_of.tick_at
    from nudges
    cross join policy_hash
    cross join as_of
    -- An account that the CRM has lost may still show a hint.
    left join accounts
        on nudges.account_id = accounts.account_id
    left join path
        on
            nudges.path_key = path.path_key
            and nudges.milestone_key = path.milestone_key
    left join health
        on
            nudges.account_id = health.account_id
            and nudges.action = 'deliver'
    left join templates
        on nudges.nudge_id = templates.nudge_id
    left join sends_limited
        on
            nudges.nudge_id = sends_limited.nudge_id
            and nudges.action = 'deliver'
    left join earlier_nudges
        on nudges.nudge_id = earlier_nudges.nudge_id

)

select * from final
