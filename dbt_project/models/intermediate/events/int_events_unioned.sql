{{ config(materialized='view') }}

with final as (

    {{ judged_events(with_users_of_groups=false) | indent(4) }}

)

select * from final
