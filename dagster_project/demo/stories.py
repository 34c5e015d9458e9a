"""The stories that the demo's accounts live through, and how many of them live each.

Shares are of all history accounts (traits) and of the accounts with an ordinary life (journeys). Which
account gets which story is drawn inside each arm, so that both arms hold the same mixture: the only
difference between them is what nudges do, which begins where a step has slipped. How a story becomes rows
is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

HELPED_FACTOR = 0.3
"""Once a step has slipped, treated accounts need this share of the hours that it still takes in control."""

BACK_SHARE = 0.5
"""Share of the treated accounts that would have stopped for good and that a nudge brings back."""

EFFECT_MIN_AGE_DAYS = 21
"""Accounts of this age and more make one group: nearly all who will finish have finished."""

CAST = 400
"""Accounts, of however many there are, that play the stories told apart below. Most of these slipped in the
last days; were they more than few among many, it would depend on the day of its sign-up how an account
fares, and no statistics that follows accounts over time could be right about such a world."""


@dataclass(frozen=True)
class Trait:
    """What sets an account apart; `slipped_from` to `slipped_to` hours ago it slipped, if it is stuck."""

    name: str
    share: float
    after_tier: int = 0
    """Hours below count from the instant at which this tier falls due (0: from the slip)."""
    slipped_from: float | None = None
    slipped_to: float | None = None

    @property
    def is_stuck(self) -> bool:
        return self.slipped_from is not None


TRAITS = (
    Trait("hold_open", 0.03, 0, 5, 60),
    Trait("hold_current", 0.03, 1, 20, 60),
    Trait("hold_past", 0.02),
    Trait("with_csm", 0.03, 1, 3, 60),
    Trait("handled", 0.02, 1, 20, 60),
    Trait("snoozed", 0.01, 1, 20, 60),
    Trait("opted_out", 0.03, 2, 2, 40),
    Trait("no_consent", 0.02, 2, 2, 40),
    Trait("bounced", 0.02, 2, 2, 40),
    Trait("complaint", 0.02, 3, 2, 18),
    Trait("no_contact", 0.02, 3, 2, 18),
    Trait("internal", 0.02),
    Trait("churned", 0.02),
    Trait("no_sign_up", 0.02),
    Trait("merged_away", 0.02),
    Trait("signs_up_later", 0.01),
    # Slipped in the last days and reachable: what the first tick sends.
    Trait("stuck", 0.06, 1, 0.2, 60),
    Trait("stuck_long", 0.06, 1, 80, 200),
    # Slips while the feeder runs.
    Trait("soon", 0.06, 1, -47, -0.1),
)

JOURNEYS = (
    ("ahead", 0.10),
    ("out_of_order", 0.08),
    ("skipped", 0.10),
    ("early_bird", 0.04),
    ("failing_integration", 0.10),
    ("dropout", 0.15),
)

SPECIAL_IDS = ("NA", "0042")
"""Ids that a careless reader takes for a null or a number."""

OTHER_PATH_SHARE = 0.12
"""Share of the ordinary accounts on each path besides the default one."""
