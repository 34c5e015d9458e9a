"""Seeds for generated histories.

Belongs here: the shipped seeds with more paths, tiers and epochs than the shipped ones have. Does not
belong here: accounts.
"""

from tests.oracle.policy import Seeds

SeedRows = dict[str, list[dict[str, str]]]

# Path, order, key, spellings, expected hours, slip hours, clock, recipient role.
_EXTRA_MILESTONES = (
    ("six", 10, "plan_chosen", "Plan Chosen| plan_chosen |plan.chosen", "0.5", "1.3333", "", "owner"),
    ("six", 20, "domain_verified", "Domain Verified", "2", "2", "", ""),
    ("six", 30, "seat_filled", "Seat Filled|Shared Step", "0.0001", "24", "", "admin"),
    ("six", 40, "rule_written", "Rule Written|Shared Step", "12.25", "36.5", "", ""),
    ("six", 55, "alert_fired", "Alert Fired|Älert Fired", "24", "30.0001", "", ""),
    ("six", 70, "week_reported", "Week Reported|week reported", "72", "120", "", ""),
    ("calendar", 1, "kick_off", "Kick-off Held", "4", "6", "business", ""),
    ("calendar", 2, "data_mapped", "Data Mapped|data_mapped", "24", "40", "business", "admin"),
    ("calendar", 3, "go_live", "Went Live", "80", "120.5", "business", ""),
    ("single", 1, "only_step", "Only Step", "10", "20", "", ""),
)

# Path, tier, channel, destination, delay hours, template, enabled.
_EXTRA_TIERS = (
    ("six", 1, "in_app", "intercom", "0.25", "in_app_hint", "true"),
    ("six", 2, "email", "hubspot", "12.5", "email_how_to", "true"),
    ("six", 3, "human", "slack", "30", "csm_alert", "true"),
    ("calendar", 1, "in_app", "intercom", "1", "in_app_hint", "false"),
    ("calendar", 2, "email", "hubspot", "9", "email_how_to", "true"),
    ("calendar", 3, "human", "slack", "20", "csm_alert", "true"),
    ("single", 2, "email", "hubspot", "3", "email_how_to", "true"),
    ("single", 3, "human", "slack", "8", "csm_alert", "true"),
)


# Small enough for a few thousand accounts to come up against.
_LIMITS = {
    "default_time_zone": "America/Halifax",
    "csm_messages_per_day": "4",
    "emails_per_day_without_feedback": "7",
    "allowed_recipient_domains": "Example.com|test.example",
    # A generated history is shaped to hit the edges of its last instant: that is an anomaly by intent, and
    # its sources have no volume. Their guards have examples of their own.
    "anomaly_floor_slips": "10000000",
    "silent_milestone_median": "10000000",
    "source_volume_percent": "0",
}


Epochs = tuple[tuple[str, str], ...]
"""When each step of the roll-out starts, and its share."""


def widened(seeds: Seeds, epochs: Epochs = (("2000-01-01 00:00:00", "0.9"),), holdout: str = "0") -> SeedRows:
    """The shipped seeds with three more paths and another roll-out."""
    rows = {name: [dict(row) for row in found] for name, found in seeds.items()}
    for path, order, key, spellings, expected, slip, clock, role in _EXTRA_MILESTONES:
        rows["critical_path"].append(
            {
                "path_key": path,
                "milestone_order": str(order),
                "milestone_key": key,
                "milestone_name": key.replace("_", " ").capitalize(),
                "event_name": spellings,
                "expected_hours": expected,
                "slip_hours": slip,
                "how_to_url": f"https://help.example.com/{key}",
                "clock": clock,
                "recipient_role": role,
            }
        )
    for path, tier, channel, destination, delay, template, is_enabled in _EXTRA_TIERS:
        rows["nudge_policy"].append(
            {
                "path_key": path,
                "tier": str(tier),
                "channel": channel,
                "destination": destination,
                "delay_hours": delay,
                "template_key": template,
                "respects_quiet_hours": "",
                "is_enabled": is_enabled,
            }
        )
    for row in rows["delivery_limits"]:
        row["limit_value"] = _LIMITS.get(row["limit_name"], row["limit_value"])
    key = rows["experiments"][0]["experiment_key"]
    rows["experiments"][0]["holdout_share"] = holdout
    rows["experiment_epochs"] = [
        {"experiment_key": key, "epoch": str(number), "starts_at": starts_at, "treatment_share": share}
        for number, (starts_at, share) in enumerate(epochs, start=1)
    ]
    return rows


def with_renamed_event(seeds: SeedRows) -> SeedRows:
    """A policy change between two builds: another spelling, another hour, one milestone more."""
    rows = {name: [dict(row) for row in found] for name, found in seeds.items()}
    for row in rows["critical_path"]:
        if (row["path_key"], row["milestone_key"]) == ("default", "team_member_invited"):
            row["event_name"] += "|Invite Accepted"
        if (row["path_key"], row["milestone_key"]) == ("default", "first_data_uploaded"):
            row["slip_hours"] = "30.5"
    rows["critical_path"].append(
        {
            "path_key": "single",
            "milestone_order": "2",
            "milestone_key": "second_step",
            "milestone_name": "Second step",
            "event_name": "Second Step",
            "expected_hours": "5",
            "slip_hours": "9",
            "how_to_url": "https://help.example.com/second",
            "clock": "",
            "recipient_role": "",
        }
    )
    return rows
