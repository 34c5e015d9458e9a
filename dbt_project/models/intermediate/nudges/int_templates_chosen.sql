with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

templates as (

    select
        template_key,
        coalesce(nullif(trim(milestone_key), ''), '') as milestone_key,
        coalesce(nullif(trim(error_class), ''), '') as error_class,
        coalesce(nullif(trim(variant), ''), '') as variant,
        nullif(trim(destination), '') as destination,
        nullif(trim(vendor_template_id), '') as vendor_template_id,
        cast(coalesce(nullif(trim(weight), ''), '1') as {{ double_type() }}) as weight
    from {{ ref('message_templates') }}
    where coalesce(lower(trim(is_enabled)), '') not in ('false', '0', 'no', 'n')

),

integrations as (

    select * from {{ ref('int_integration_errors_classified') }}

),

-- What stands in the way says more than the step it stands before, so an error's text beats a milestone's.
templates_fitting as (

    select
        decisions.nudge_id,
        decisions.account_id,
        templates.template_key,
        templates.milestone_key,
        templates.error_class,
        templates.variant,
        templates.vendor_template_id,
        templates.weight,
        dense_rank() over (
            partition by decisions.nudge_id
            order by
                case when templates.error_class <> '' then 0 else 1 end,
                case when templates.milestone_key <> '' then 0 else 1 end
        ) as specificity
    from decisions
    left join integrations
        on decisions.account_id = integrations.account_id
    inner join templates
        on
            decisions.template_key = templates.template_key
            and (templates.milestone_key = '' or decisions.milestone_key = templates.milestone_key)
            and (templates.error_class = '' or integrations.error_class = templates.error_class)
            and (templates.destination is null or decisions.destination = templates.destination)

),

-- An account sees the same variant at every attempt: its hash picks a place on the line of weights.
variants_placed as (

    select
        *,
        cast({{ hash_bucket("template_key || ':' || account_id") }} as {{ double_type() }}) / 10000 as place,
        cast(sum(weight) over (
            partition by nudge_id
            order by variant
            rows between unbounded preceding and current row
        ) as {{ double_type() }}) / sum(weight) over (partition by nudge_id) as weight_through
    from templates_fitting
    where specificity = 1 and weight > 0

),

variants_ranked as (

    select
        *,
        row_number() over (partition by nudge_id order by variant) as preference
    from variants_placed
    where place < weight_through

),

final as (

    select
        nudge_id,
        milestone_key as template_milestone_key,
        error_class as template_error_class,
        variant,
        vendor_template_id
    from variants_ranked
    where preference = 1

)

select * from final
