{# What follows from a reason. The reasons that only put a nudge off stand here and nowhere else: whoever adds one that
   may be over tomorrow adds it to this list. #}
{% macro deferring_reasons() -%}
    {{ return([
        'on_hold', 'with_csm', 'source_stale', 'source_volume_low', 'retry_later', 'earlier_tier_open',
        'earlier_tier_too_recent', 'quiet_hours', 'account_cap', 'person_cap', 'email_without_feedback',
        'csm_over_capacity', 'halted', 'policy_changed', 'anomaly_tripped', 'template_halted', 'over_ceiling'
    ]) }}
{%- endmacro %}

{# While one of these stands, the nudge's turn has come and it grows older. What is not its turn yet (a lower tier, a
   pause, a CSM who has taken over) leaves it as young as it was; a text to be tried again ages from its first claim. #}
{% macro is_ageing(reason_code) -%}
    {%- set is_not_its_turn = [
        'on_hold', 'with_csm', 'retry_later', 'earlier_tier_open', 'earlier_tier_too_recent'
    ] -%}
    {{ reason_code }} in ('send', '{{ deferring_reasons() | reject('in', is_not_its_turn) | join("', '") }}')
{%- endmacro %}

{# send, done, defer or suppress for a column with a reason code. #}
{% macro decision_of(reason_code) -%}
    case
            when {{ reason_code }} = 'send' then 'send'
            when {{ reason_code }} in ('already_sent', 'in_doubt', 'needs_review', 'escalated') then 'done'
            when {{ reason_code }} in ('{{ deferring_reasons() | join("', '") }}') then 'defer'
            else 'suppress'
        end
{%- endmacro %}
