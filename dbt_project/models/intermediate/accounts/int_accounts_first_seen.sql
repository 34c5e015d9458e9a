{{ config(materialized='view') }}

{%- set is_any_joined_later = has_rows(ref('int_identities_undated'), 'valid_from > first_occurred_at') %}
-- Without anybody who joined later nobody's days of activity have to be looked through; dbt has to be told of them.
-- depends_on: {{ ref('int_users_active_daily') }}, {{ ref('int_events_kept') }}

with identities as (

    select * from {{ ref('int_identities_undated') }}

),

{% if is_any_joined_later -%}
activity as (

    select * from {{ ref('int_users_active_daily') }}

),

milestone_events as (

    select * from {{ ref('int_events_kept') }}

),

-- The first event of an identity lies in one of its stretches; later ones are looked up by the day, and a user who
-- changes account within a day shows in the milestones' own instants.
identities_joined_later as (

    select * from identities
    where valid_from > first_occurred_at

),

{% endif -%}
events_of_accounts as (

    select
        account_id,
        first_occurred_at as occurred_at
    from identities
    where
        first_occurred_at >= valid_from
        and first_occurred_at < valid_until
    {% if is_any_joined_later -%}
    union all
    select
        identities_joined_later.account_id,
        activity.first_occurred_at as occurred_at
    from identities_joined_later
    inner join activity
        on
            {{ is_of_identity('activity', 'identities_joined_later', 'first_occurred_at') }}
    union all
    select
        identities_joined_later.account_id,
        milestone_events.occurred_at
    from identities_joined_later
    inner join milestone_events
        on
            {{ is_of_identity('milestone_events', 'identities_joined_later') }}
    {%- endif %}

),

final as (

    select
        account_id,
        min(occurred_at) as first_seen_at
    from events_of_accounts
    group by account_id

)

select * from final
