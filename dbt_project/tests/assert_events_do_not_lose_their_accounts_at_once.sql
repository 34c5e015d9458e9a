-- People whose account is not found any more look like people who did nothing. When a fifth of them lose it between two
-- ticks, or of many not one has any, the ids or the tables that translate them are not there, and nobody has slipped.
{{ config(tags=['guard']) }}

{% set since = computed_through() %}

with identities as (

    select * from {{ ref('int_identities_resolved') }}
    where valid_from < valid_until

),

identities_counted as (

    select
        count(*) as identities_now,
        count(account_id) as with_account,
        {% if since -%}
        count(case
            when account_id is null and account_id_before is not null and changed_at > {{ instant_literal(since) }} then 1
        end)
        {%- else -%}
        0
        {%- endif %} as lost_their_account
    from identities

)

select *
from identities_counted
where
    (with_account = 0 and identities_now >= 100)
    or (lost_their_account >= 20 and 5 * lost_their_account > with_account + lost_their_account)
