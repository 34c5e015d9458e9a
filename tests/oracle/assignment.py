"""The arm of an account.

Belongs here: the hash bucket and the epoch in force at sign-up. Does not belong here: remembering earlier
assignments; the reading assigns at first sight.
"""

import hashlib

from tests.oracle.policy import Policy

BUCKETS = 10_000


def bucket_of(salt: str, account_id: str) -> int:
    """The bucket, 0 to 9999, of an account under a salt."""
    return int(hashlib.md5(f"{salt}:{account_id}".encode()).hexdigest()[:8], 16) % BUCKETS


def arm_of(policy: Policy, account_id: str, signed_up_at: int) -> str | None:
    """`treatment` or `control`, none for an account that signed up before the first epoch."""
    started = [epoch for epoch in policy.epochs if epoch.starts_at <= signed_up_at]
    if not started:
        return None
    bucket = bucket_of(policy.salt, account_id)
    is_in_share = bucket < round(started[-1].treatment_share * BUCKETS)
    is_held_out = bucket >= round(BUCKETS * (1 - policy.holdout_share))
    return "treatment" if is_in_share and not is_held_out else "control"
