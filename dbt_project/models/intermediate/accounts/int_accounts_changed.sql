{% set since = computed_through() %}
{% set progressed_before = kept_relation('int_accounts_progressed') if since else none %}
{% set completed_before = kept_relation('int_milestones_completed') if since else none %}
{% set state_before = kept_relation('int_state_computed') if since else none %}
{% set changed_before = kept_relation('int_accounts_changed') if since else none %}
{# An engine may write out a CTE that is read more than once, and this one is everybody. #}
{% set identities = ref('int_identities_resolved') %}

-- Whose stored state has to be computed again: nothing else about accounts is computed in a tick.
with accounts as (

    select * from {{ ref('dim_accounts') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if since -%}
events as (

    select * from {{ ref('int_events_kept') }}

),

holds as (

    select * from {{ ref('int_crm_holds_kept') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

-- What comes later in the graph is read as the last build left it.
accounts_before as (

    select * from {{ progressed_before }}

),

completions_before as (

    select * from {{ completed_before }}

),

state_before as (

    select * from {{ state_before }}

),

{% if changed_before -%}
-- Ticks that failed half-way have computed some of these accounts' state and not the rest of it.
accounts_left_half_computed as (

    select
        account_id,
        case when is_history_read then 1 else 0 end as is_history_read
    from {{ changed_before }}
    where {{ is_changed_since_computed('changed_at') }}

),

{% endif -%}
accounts_with_other_facts as (

    select coalesce(accounts.account_id, accounts_before.account_id) as account_id
    from accounts
    full outer join accounts_before
        on accounts.account_id = accounts_before.account_id
    where
        accounts.account_id is null
        or accounts_before.account_id is null
        or accounts.path_key <> accounts_before.path_key
        or accounts.cycle <> accounts_before.cycle
        or accounts.signed_up_at <> accounts_before.signed_up_at
        or accounts.cycle_started_at is distinct from accounts_before.cycle_started_at
        or accounts.is_business_clock <> accounts_before.is_business_clock
        or (
            accounts.is_business_clock
            and (
                accounts.timezone <> accounts_before.timezone
                or accounts.country_code is distinct from accounts_before.country_code
            )
        )

),

accounts_with_new_events as (

    select identities.account_id
    from events
    inner join {{ identities }} as identities
        on
            {{ is_of_identity('events', 'identities') }}
    where {{ is_changed_since_computed('events.kept_at') }}

),

accounts_with_other_people as (

    select account_id from {{ identities }}
    where {{ is_changed_since_computed('changed_at') }}
    union all
    select account_id_before as account_id from {{ identities }}
    where {{ is_changed_since_computed('changed_at') }}

),

-- Known, but later than the facts were: it becomes state when they get there.
accounts_with_pending_completions as (

    select account_id from completions_before
    where completed_at is null

),

accounts_with_other_holds as (

    select account_id from holds
    where {{ is_changed_since_computed('changed_at') }}

),

-- Business clocks meet weekends up to some weeks ahead, so they are wound once a day.
accounts_to_wind as (

    select accounts_before.account_id
    from accounts_before
    cross join as_of
    cross join state_before
    where
        accounts_before.is_business_clock
        and accounts_before.next_milestone_key is not null
        and cast(state_before.as_of as date) < cast(as_of.as_of as date)

),

accounts_under_other_policy as (

    select accounts.account_id
    from accounts
    cross join as_of
    cross join policy_hash
    cross join state_before
    where
        policy_hash.policy_hash <> state_before.policy_hash
        or as_of.namespace <> state_before.namespace

),

-- New events and the passing of time add to what is known of an account. Other facts, people and policy put all its events
-- in another light.
account_ids as (

    {% for relation, is_history_read in [
        ('accounts_with_other_facts', 1),
        ('accounts_with_new_events', 0),
        ('accounts_with_other_people', 1),
        ('accounts_with_pending_completions', 0),
        ('accounts_with_other_holds', 0),
        ('accounts_to_wind', 0),
        ('accounts_under_other_policy', 1)
    ] -%}
    select
        account_id,
        {{ is_history_read }} as is_history_read
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {%- if changed_before %}
    union all
    select
        account_id,
        is_history_read
    from accounts_left_half_computed
    {%- endif %}

),

{% else -%}
-- Read only when there is a state to compare with, so dbt has to be told.
-- depends_on: {{ ref('int_events_kept') }}
-- depends_on: {{ ref('int_crm_holds_kept') }}
-- depends_on: {{ ref('int_policy_hashed') }}
account_ids as (

    select
        account_id,
        1 as is_history_read
    from accounts

),

{% endif -%}
final as (

    select
        account_ids.account_id,
        max(account_ids.is_history_read) = 1 as is_history_read,
        max(as_of.tick_at) as changed_at
    from account_ids
    cross join as_of
    where account_ids.account_id is not null
    group by account_ids.account_id

)

select * from final
