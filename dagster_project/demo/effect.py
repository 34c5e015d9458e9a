"""The effect that the demo's world holds, in the unit in which the readout measures it.

Belongs here: the one number in `planted.effect`. Does not belong here: how the effect is built into journeys
(`accounts`), how it is found again (the readout).
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.policy import DemoPolicy


def record_planted_effect(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy) -> None:
    """Write `planted.effect`: the days that nudging saves an account within the horizon, on average over all
    accounts that take part, each of them as it fares in either arm.
    """
    horizon = policy.horizon_days
    connection.execute(
        f"""
        create table planted.effect as
        with days_in_both_arms as (
            select idx, greatest(0, sum(control_hours)) / 24 as control_days,
                greatest(0, sum(treatment_hours)) / 24 as treatment_days
            from demo_gaps group by idx
        ),
        waited as (
            select
                case when stop_after = steps and not is_brought_back then least(control_days, {horizon})
                    else {horizon} end as in_control,
                case when stop_after = steps or is_brought_back then least(treatment_days, {horizon})
                    else {horizon} end as in_treatment
            from demo_accounts join days_in_both_arms using (idx)
            where population = 'history' and has_life and arm is not null and trait <> 'internal'
        )
        select {horizon}::double as horizon_days, count(*) as accounts,
            avg(in_control - in_treatment) as days_saved
        from waited
        """
    )
