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

sends_limited as (

    select * from {{ ref('int_sends_limited') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

earlier_nudges as (

    select
        decisions.nudge_id,
        {{ ordered_list(
            "case ledger.channel when 'in_app' then 'in-app hint' when 'email' then 'email' else 'message to the CSM' end || ' sent '
            || replace(substr(" ~ instant_to_text('ledger.sent_at') ~ ", 1, 16), 'T', ' ') || ' UTC'",
            ', ',
            'ledger.tier'
        ) }} as earlier_nudges
    from decisions
    inner join ledger
        on
            decisions.account_id = ledger.account_id
            and decisions.cycle = ledger.cycle
            and decisions.milestone_key = ledger.milestone_key
    where ledger.sent_at is not null
    group by decisions.nudge_id

),

final as (

    select
        decisions.tick_id,
        decisions.namespace,
        policy_hash.policy_hash,
        decisions.nudge_id,
        sends_limited.digest_key,
        decisions.account_id,
        decisions.milestone_key,
        decisions.channel,
        decisions.destination,
        decisions.contact_id,
        decisions.recipient_reason,
        recipients.user_id as contact_user_id,
        recipients.email as contact_email,
        recipients.full_name as contact_name,
        recipients.timezone as contact_timezone,
        accounts.account_name,
        accounts.path_key,
        accounts.segment,
        accounts.plan,
        accounts.timezone as account_timezone,
        accounts.csm_name,
        accounts.csm_email,
        accounts.csm_slack_id,
        path.milestone_name,
        path.how_to_url,
        health.furthest_milestone_name,
        decisions.template_key,
        coalesce(templates.template_milestone_key, '') as template_milestone_key,
        coalesce(templates.template_error_class, '') as template_error_class,
        coalesce(templates.variant, '') as variant,
        templates.vendor_template_id,
        earlier_nudges.earlier_nudges,
        health.failed_integration,
        health.failed_error_code,
        health.failed_error_class,
        health.failed_error_message,
        health.failed_log_url,
        decisions.cycle,
        decisions.tier,
        path.milestone_order,
        cast(health.day_of_onboarding as integer) as day_of_onboarding,
        health.milestones_completed,
        health.milestones_total,
        health.active_contacts_7d,
        health.hours_overdue,
        health.has_complaint,
        accounts.signed_up_at,
        health.next_milestone_expected_by,
        decisions.due_at,
        decisions.eligible_at,
        cast(null as timestamp) as deadline_at,
        health.last_activity_at,
        health.failed_at,
        decisions.as_of,
        decisions.tick_at
    from decisions
    cross join policy_hash
    inner join accounts
        on decisions.account_id = accounts.account_id
    inner join path
        on
            decisions.path_key = path.path_key
            and decisions.milestone_key = path.milestone_key
    left join recipients
        on decisions.nudge_id = recipients.nudge_id
    left join health
        on decisions.account_id = health.account_id
    left join templates
        on decisions.nudge_id = templates.nudge_id
    left join sends_limited
        on decisions.nudge_id = sends_limited.nudge_id
    left join earlier_nudges
        on decisions.nudge_id = earlier_nudges.nudge_id

)

select * from final
