"""The edges that generated accounts are put on.

Belongs here: lists of hard values and the search for the start that puts a deadline on an instant. Does not
belong here: rows.
"""

from random import Random

from tests.oracle.clocks import Clock
from tests.oracle.instants import DAY, HOUR, MINUTE, SECOND

HARD_IDS = (
    "NA", "null", "NULL", "None", "nan", " x", "x ", "007", "7", "1e3", "true", "ünïcødé", "日本語", "a|b",

    "a:b",
    "o'brien", 'q"uote', "-", "0", " ", "ACC_A", "acc_a", "acc\\n", "{}", "%", "é", "e\u0301",
)  # fmt: skip

ZONES = (
    None, "", "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles",

    "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati", "Africa/Cairo",
    "America/St_Johns", "Atlantic/Azores", "Pacific/Apia", "Mars/Phobos", "Berlin", "Europe/Berlin ",
)  # fmt: skip

COUNTRIES = (None, "", "DE", "US", "GB", "FR", "XX", "DE", "US")

NOISE_NAMES = (
    "Page Viewed", "Logged In", "Workspace created", "WORKSPACE CREATED", " Workspace Created",

    "Workspace Created ",
    "workspace_Created", "Team Member", "data-uploaded", "Report Generated|report_generated", "ID",
    "Second Step",
    "Invite Accepted", "plan.chosen ", "week Reported",
)  # fmt: skip

NUDGES_OFF = (0, 0, 0, -1, 1)
"""Microseconds off an exact boundary."""


def start_for(clock: Clock, duration: int, target: int) -> int:
    """The last start whose deadline is not after `target`; the deadline need not be `target` exactly."""
    low, high = target - duration - 200 * DAY, target
    while high - low > 1:
        middle = (low + high) // 2
        deadline = clock.deadline(middle, duration)
        if deadline is not None and deadline <= target:
            low = middle
        else:
            high = middle
    return low


def lag(random: Random) -> int:
    """How long after it happened an event is loaded: mostly minutes, sometimes days, sometimes at once."""
    kind = random.random()
    if kind < 0.1:
        return 0
    if kind < 0.8:
        return random.randint(0, 20 * MINUTE)
    if kind < 0.95:
        return random.randint(0, 30 * HOUR)
    return random.randint(0, 12 * DAY)


def holds_near(random: Random, signed_up_at: int, now: int) -> list[tuple[int, int | None]]:
    """Holds of every awkward kind between sign-up and shortly after now."""
    span = max(now - signed_up_at, HOUR)
    start = signed_up_at + random.randint(-3 * DAY, span + 2 * DAY)
    length = random.choice((30 * MINUTE, 5 * HOUR, DAY, 3 * DAY, 9 * DAY))
    kind = random.randrange(11)
    if kind == 0:
        return [(start, None)]
    if kind == 1:
        return [(start, start)]
    if kind == 2:
        return [(start, start - HOUR)]
    if kind == 3:
        return [(start, start + length), (start + length // 2, start + length + DAY)]
    if kind == 4:
        return [(start, start + length), (start + length, start + 2 * length)]
    if kind == 5:
        return [(start, start + length), (start + length + 1, start + 2 * length)]
    if kind == 6:
        return [(start, None), (start + HOUR, start + DAY)]
    if kind == 7:
        return [(signed_up_at - 5 * DAY, signed_up_at + random.choice((-DAY, 0, 1, DAY)))]
    if kind == 8:
        return [(start, now + random.choice((-1, 0, 1, DAY)))]
    if kind == 9:
        return [(now + random.choice((-1, 0, 1, HOUR)), random.choice((None, now + 5 * DAY)))]
    many = [
        (start + step * 7 * HOUR, start + step * 7 * HOUR + random.randint(1, 9 * HOUR)) for step in range(5)
    ]
    return [*many, many[0]]


def odd_instant(random: Random, low: int, high: int) -> int:
    """An instant in a span; a third of them on whole seconds, so that ties happen."""
    instant = random.randint(min(low, high), max(low, high))
    return instant - instant % SECOND if random.random() < 0.33 else instant
