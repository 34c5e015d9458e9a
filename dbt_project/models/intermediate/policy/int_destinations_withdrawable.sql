{{ config(materialized='view') }}

-- The one list of what can be taken back. In a product a newer value takes the place of an older one; everywhere else
-- each message stands by itself.
with final as (

    {% for channel, destination, holds_one_value in [
        ('in_app', 'intercom', 'true'),
        ('in_app', 'pendo', 'true'),
        ('in_app', 'braze', 'true'),
        ('in_app', 'outbox', 'true'),
        ('email', 'salesloft', 'false')
    ] %}
    select
        '{{ channel }}' as channel,
        '{{ destination }}' as destination,
        {{ holds_one_value }} as holds_one_value
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}

)

select * from final
