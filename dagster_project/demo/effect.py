"""The effect that the demo's world holds, in the unit in which the readout measures it.

Belongs here: the one number in `planted.effect`. Does not belong here: how the effect is built into journeys
(`accounts`), how it is found again (the readout).
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.accounts import Scale
from dagster_project.demo.policy import DemoPolicy


def record_planted_effect(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale) -> None:
    """Write `planted.effect`: the days that nudging saves an account within the horizon, on average over all
    accounts that take part, each of them as it would fare in either arm.
    """
    connection.execute(
        f"""
        create table planted.effect as
        with taking_part as (
            select idx, arm, stop_after = steps as is_arriving
            from demo_accounts
            where population = 'history' and has_life and arm is not null and trait <> 'internal'
        ),
        steps_as_control as (
            select taking_part.idx, is_arriving,
                case when gap_hours > 0 and arm = 'treatment' then gap_hours / {scale.treatment_factor}
                    else gap_hours end as gap_hours
            from taking_part left join demo_gaps using (idx)
        ),
        accounts_in_both_arms as (
            select idx, is_arriving, greatest(0, sum(gap_hours)) / 24 as control_days,
                greatest(0, sum(case when gap_hours > 0 then gap_hours * {scale.treatment_factor}
                    else gap_hours end)) / 24 as treatment_days
            from steps_as_control group by idx, is_arriving
        )
        select {policy.horizon_days}::double as horizon_days, count(*) as accounts,
            avg(case when is_arriving then least(control_days, {policy.horizon_days})
                - least(treatment_days, {policy.horizon_days}) else 0 end) as days_saved
        from accounts_in_both_arms
        """
    )
