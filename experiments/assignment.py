"""The hash that decides an account's arm, written a second time to check what the warehouse stored.

Belongs here: the bucket and its comparison with stored arms. Does not belong here: assigning, which the
warehouse does once per account and remembers.
"""

import hashlib

import pandas as pd

BUCKETS = 10_000


def bucket_of(salt: str, account_id: str) -> int:
    """The bucket, 0 to 9999, of an account: the first 8 hex digits of md5(salt:account_id), modulo 10000.

    Ids are taken exactly as they are: no trimming, no folding of case. Raises TypeError for an id that is
    no text, because `None` or a number would have a hash of its own here and another one in SQL.
    """
    if not isinstance(account_id, str):
        raise TypeError(f"an account id is text, not {type(account_id).__name__}")
    digest = hashlib.md5(f"{salt}:{account_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % BUCKETS


def mismatched_arms(
    assignments: pd.DataFrame, *, salt: str, treatment_shares: dict[int, float], holdout_share: float = 0.0
) -> pd.DataFrame:
    """The rows of one experiment whose stored bucket or arm is not what hash and epoch say. None is expected.

    `assignments` has account_id, bucket, arm (`treatment`, `control`) and epoch; `treatment_shares` maps an
    epoch to its share. An account is treated when its bucket lies below the share and not in the hold-out
    at the top. A row of an epoch without a share is a mismatch.
    """
    not_held_out_below = round(BUCKETS * (1 - holdout_share))
    expected = assignments["account_id"].map(lambda account_id: bucket_of(salt, account_id)).astype("int64")
    cut = assignments["epoch"].map(lambda epoch: round(BUCKETS * treatment_shares.get(int(epoch), -1.0)))
    is_treated = (expected < cut) & (expected < not_held_out_below)
    arm = is_treated.map({True: "treatment", False: "control"})
    is_wrong = (assignments["bucket"] != expected) | (assignments["arm"] != arm) | (cut < 0)
    return assignments.loc[is_wrong.astype(bool)]
