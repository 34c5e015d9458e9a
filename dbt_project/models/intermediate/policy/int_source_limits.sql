{% set minute = 60000000 %}

with limits as (

    select * from {{ ref('delivery_limits') }}

),

sources_named as (

    select 'segment' as source_name
    union all
    select 'amplitude'
    union all
    select 'mixpanel'
    union all
    select 'crm'
    union all
    select 'feedback'

),

limits_by_source as (

    select
        sources_named.source_name,
        limits.limit_name,
        cast(round({{ cast_or_null('limits.limit_value', double_type()) }} * {{ minute }}) as bigint) as microseconds,
        row_number() over (
            partition by sources_named.source_name, limits.limit_name
            order by case when limits.scope = 'source:' || sources_named.source_name then 0 else 1 end
        ) as specificity
    from sources_named
    inner join limits
        on
            limits.scope = 'source:' || sources_named.source_name
            or nullif(trim(limits.scope), '') is null

),

final as (

    select
        source_name,
        max(case when limit_name = 'completeness_lag_minutes' then microseconds end) as completeness_lag_microseconds,
        max(case when limit_name = 'max_source_age_minutes' then microseconds end) as max_age_microseconds
    from limits_by_source
    where specificity = 1
    group by source_name

)

select * from final
