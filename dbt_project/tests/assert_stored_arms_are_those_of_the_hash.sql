-- An arm that is not the one of the hash was not drawn by chance. An experiment that the policy knows no more has no
-- salt to compute it from; an epoch that it knows no more, or with another share, is a mismatch.
with assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

epochs as (

    select * from {{ ref('int_experiment_epochs') }}

),

experiments as (

    select distinct
        experiment_key,
        salt
    from epochs

),

buckets_computed as (

    select
        assignments.experiment_key,
        assignments.account_id,
        assignments.epoch,
        assignments.arm,
        assignments.bucket,
        {{ hash_bucket("experiments.salt || ':' || assignments.account_id") }} as bucket_of_hash
    from assignments
    inner join experiments
        on assignments.experiment_key = experiments.experiment_key

),

arms_computed as (

    select
        buckets_computed.*,
        case
            when epochs.epoch is null then null
            when
                buckets_computed.bucket_of_hash < epochs.treated_below_bucket
                and buckets_computed.bucket_of_hash < epochs.held_out_from_bucket
                then 'treatment'
            else 'control'
        end as arm_of_hash
    from buckets_computed
    left join epochs
        on
            buckets_computed.experiment_key = epochs.experiment_key
            and buckets_computed.epoch = epochs.epoch

),

final as (

    select * from arms_computed
    where
        bucket <> bucket_of_hash
        or arm is distinct from arm_of_hash

)

select * from final
