with experiments as (

    select * from {{ ref('experiments') }}

),

epochs as (

    select * from {{ ref('experiment_epochs') }}

),

epochs_typed as (

    select
        experiments.experiment_key,
        experiments.salt,
        cast(epochs.epoch as integer) as epoch,
        {{ text_to_instant('epochs.starts_at') }} as starts_at,
        cast(epochs.treatment_share as {{ double_type() }}) as treatment_share,
        cast(coalesce(nullif(trim(experiments.holdout_share), ''), '0') as {{ double_type() }}) as holdout_share
    from experiments
    inner join epochs
        on experiments.experiment_key = epochs.experiment_key

),

final as (

    select
        experiment_key,
        salt,
        epoch,
        cast(round(treatment_share * 10000) as bigint) as treated_below_bucket,
        cast(round((1 - holdout_share) * 10000) as bigint) as held_out_from_bucket,
        starts_at,
        coalesce(
            lead(starts_at) over (partition by experiment_key order by starts_at),
            {{ instant_literal('9999-12-31 00:00:00') }}
        ) as ends_at,
        min(starts_at) over (partition by experiment_key) as first_epoch_starts_at
    from epochs_typed

)

select * from final
