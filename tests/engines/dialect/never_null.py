"""Where the project promises that there is no null.

Belongs here: what its tests of columns say, and what they cannot. Does not belong here: what a null would do.
"""

from __future__ import annotations

from functools import cache

from tests.parsed_project import SHIPPED_PROJECT

#: What is never null where it stands, though no test of a column of that name says so: the model or macro
#: takes it from a literal or a limit that `validate` asks for, or leaves out its nulls a few lines above.
NEVER_NULL_IN = {
    "deadlines": {"counted_from"},
    "merged_holds": {"held_until"},
    "slips": {"completed_at", "progressed_at", "milestone_order"},
    "weekday_medians": {"amount"},
    "int_account_owners_dated": {"dbt_valid_from"},
    "int_late_slips_checked": {"anomaly_floor_slips", "anomaly_factor", "slips"},
    "int_slips_checked": {"anomaly_floor_slips", "anomaly_factor"},
    "int_policy_checked": {"policy_growth_floor_nudges", "policy_growth_percent", "wanted"},
    "int_as_of": {"complete_through"},
    "int_experiment_epochs": {"starts_at"},
    "int_hours_overdue": {"next_milestone_expected_by"},
    "int_caps_checked": {"due_at"},
    "int_ceilings_checked": {
        "max_nudges",
        "attempted",
        "accounts_onboarding",
        "max(case when limits_typed.limit_name = 'max_nudges_per_' || spans.span"
        " then limits_typed.amount end)",
        "max(case when limits_typed.limit_name = 'max_nudges_of_any_base' then limits_typed.amount end)",
        "max( case when limits_typed.limit_name = 'max_nudges_per_' || spans.span || '_percent'"
        " then limits_typed.amount end )",
    },
    "int_nudges_judged": {"tier"},
    "int_nudges_paced": {"due_at", "tier"},
    "int_sends_limited": {"due_at"},
    "rpt_csm_efficiency_weekly": {
        "care_from",
        "care_until",
        "cared_from",
        "cared_until",
        "begins_at",
        "ends_at",
        "onboarding_window_microseconds",
        "hours_to_resolution",
    },
}


def never_null_in(stem: str) -> frozenset[str]:
    """Names of columns, and expressions, that hold no null in the model or macro of that name."""
    return never_null_anywhere() | NEVER_NULL_IN.get(stem, frozenset())


@cache
def never_null_anywhere() -> frozenset[str]:
    """Names of columns of which a test of the project says so."""
    names, column = set(), ""
    for path in SHIPPED_PROJECT.rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            said = line.strip()
            if said.startswith("- name: "):
                column = said.removeprefix("- name: ")
            elif said == "- not_null" or said.startswith("- not_null:"):
                names.add(column)
    assert len(names) > 100
    return frozenset(names)
