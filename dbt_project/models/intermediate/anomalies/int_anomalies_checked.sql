-- What would tell of a broken load or a mistake in the policy rather than of customers. As long as one check holds,
-- nothing leaves, and not as much as a ceiling would let through.
{% set checks = [
    ('int_slips_checked', []),
    ('int_late_slips_checked', ['slips']),
    ('int_completions_checked', []),
    ('int_policy_checked', ['wanted', 'looks_again_at']),
    ('int_event_rows_checked', []),
] %}

with checks as (

    {% for check, measures in checks -%}
    select
        check_name,
        reason_code,
        cast(observed as bigint) as observed,
        cast(baseline as {{ double_type() }}) as baseline,
        cast(threshold as {{ double_type() }}) as threshold,
        is_tripped,
        told,
        {{ 'wanted' if 'wanted' in measures else 'cast(null as bigint)' }} as wanted,
        {{ 'slips' if 'slips' in measures else 'cast(null as bigint)' }} as slips,
        {{ 'looks_again_at' if 'looks_again_at' in measures else 'cast(null as timestamp)' }} as looks_again_at
    from {{ ref(check) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

release as (

    select * from {{ ref('int_anomalies_released') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Nobody can say that it is right to have no events at all.
checks_released as (

    select
        checks.*,
        checks.is_tripped
        and checks.check_name <> 'event rows'
        and release.is_in_force
        and coalesce(release.up_to >= checks.observed, false) as is_released
    from checks
    cross join release

),

final as (

    select
        checks_released.check_name,
        checks_released.reason_code,
        checks_released.observed,
        checks_released.baseline,
        checks_released.threshold,
        checks_released.is_tripped,
        checks_released.is_released,
        checks_released.is_tripped and not checks_released.is_released as is_holding,
        cast(checks_released.observed as {{ dbt.type_string() }}) || ' ' || checks_released.told as why,
        checks_released.wanted,
        checks_released.slips,
        case when not checks_released.is_released then checks_released.looks_again_at end as looks_again_at,
        as_of.as_of,
        as_of.tick_at
    from checks_released
    cross join as_of

)

select * from final
