{{ config(materialized='view') }}

with final as (

    {{ judged_events(slices_to_read()) | indent(4) }}

)

select * from final
