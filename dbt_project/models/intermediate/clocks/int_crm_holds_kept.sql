{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='hold_id',
    on_schema_change='fail'
) }}

with holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if is_incremental() -%}
holds_before as (

    select * from {{ this }}

),

-- The id of a hold is made of all that it says, so a hold that was changed is one that came and one that went.
holds_compared as (

    select
        coalesce(holds.hold_id, holds_before.hold_id) as hold_id,
        coalesce(holds.account_id, holds_before.account_id) as account_id,
        holds.hold_id is null as is_gone
    from holds
    full outer join holds_before
        on holds.hold_id = holds_before.hold_id
    where
        (holds.hold_id is null and not holds_before.is_gone)
        or (holds.hold_id is not null and coalesce(holds_before.is_gone, true))

),

{% else -%}
holds_compared as (

    select
        hold_id,
        account_id,
        false as is_gone
    from holds

),

{% endif -%}
final as (

    select
        holds_compared.hold_id,
        holds_compared.account_id,
        holds_compared.is_gone,
        as_of.tick_at as changed_at
    from holds_compared
    cross join as_of

)

select * from final
