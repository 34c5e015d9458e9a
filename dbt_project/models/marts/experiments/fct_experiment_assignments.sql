{{ config(
    materialized='incremental',
    cluster_by=clustered_by(['experiment_key', 'account_id']),
    incremental_strategy=append_strategy(),
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

epochs as (

    select * from {{ ref('int_experiment_epochs') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The share in force at sign-up decides, so that a wider roll-out takes in new accounts and moves no old one.
accounts_bucketed as (

    select
        epochs.experiment_key,
        accounts.account_id,
        accounts.path_key,
        accounts.segment,
        accounts.plan,
        accounts.csm_email,
        cast({{ hash_bucket("epochs.salt || ':' || accounts.account_id") }} as integer) as bucket,
        epochs.epoch,
        epochs.treated_below_bucket,
        epochs.held_out_from_bucket,
        accounts.seats,
        accounts.signed_up_at
    from accounts
    inner join epochs
        on
            accounts.signed_up_at >= epochs.starts_at
            and accounts.signed_up_at < epochs.ends_at
    where not accounts.is_internal

),

{% if is_incremental() -%}
assignments_before as (

    select
        experiment_key,
        account_id
    from {{ this }}

),

{% endif -%}
final as (

    select
        accounts_bucketed.experiment_key,
        accounts_bucketed.account_id,
        case
            when
                accounts_bucketed.bucket < accounts_bucketed.treated_below_bucket
                and accounts_bucketed.bucket < accounts_bucketed.held_out_from_bucket
                then 'treatment'
            else 'control'
        end as arm,
        accounts_bucketed.path_key,
        accounts_bucketed.segment,
        accounts_bucketed.plan,
        accounts_bucketed.csm_email,
        accounts_bucketed.bucket,
        accounts_bucketed.epoch,
        accounts_bucketed.seats,
        accounts_bucketed.signed_up_at,
        as_of.tick_at as assigned_at
    from accounts_bucketed
    cross join as_of
    {% if is_incremental() -%}
    left join assignments_before
        on
            accounts_bucketed.experiment_key = assignments_before.experiment_key
            and accounts_bucketed.account_id = assignments_before.account_id
    where assignments_before.account_id is null
    {%- endif %}

)

select * from final
