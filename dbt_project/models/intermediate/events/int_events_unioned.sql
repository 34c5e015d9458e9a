{{ config(materialized='view') }}

with final as (

    {{ judged_events() | indent(4) }}

)

select * from final
