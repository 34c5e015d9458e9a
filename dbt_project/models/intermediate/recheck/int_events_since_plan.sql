{{ config(materialized='view') }}

-- What the plan has read is in the plan; the bounds are those that it has left behind.
-- depends_on: {{ ref('int_slices_loaded') }}

with final as (

    {{ judged_events(slices_since_plan()) | indent(4) }}

)

select * from final
