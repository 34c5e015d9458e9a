"""The hash, written a second time."""

from typing import Any

import pandas as pd
import pytest

from experiments.assignment import bucket_of, mismatched_arms

SALT = "ttfv-nudge-v1"


@pytest.mark.parametrize(
    ("account_id", "bucket"), [("acc_1", 996), ("acc_2", 3), ("acc_42", 8612), ("é-ünï", 8906)]
)
def test_golden_buckets(account_id: str, bucket: int) -> None:
    assert bucket_of(SALT, account_id) == bucket


def test_ids_are_taken_as_they_are() -> None:
    assert len({bucket_of(SALT, account_id) for account_id in ("acc_1", "ACC_1", " acc_1", "acc_1 ")}) == 4


@pytest.mark.parametrize("account_id", [None, 42])
def test_an_id_that_is_no_text_is_refused(account_id: Any) -> None:
    with pytest.raises(TypeError):
        bucket_of(SALT, account_id)


def test_buckets_spread_evenly_and_salts_are_independent() -> None:
    ids = [f"account-{number}" for number in range(20_000)]
    first = pd.Series([bucket_of(SALT, account_id) for account_id in ids])
    second = pd.Series([bucket_of("another-v1", account_id) for account_id in ids])

    assert (first < 2000).mean() == pytest.approx(0.2, abs=0.01)
    assert abs(first.corr(second)) < 0.03


def test_a_higher_share_only_adds_treated_accounts() -> None:
    buckets = [bucket_of(SALT, f"account-{number}") for number in range(5_000)]

    assert {n for n in buckets if n < 2000} < {n for n in buckets if n < 5000}


def _stored(**changes: object) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "account_id": ["acc_1", "acc_2", "acc_42"],
            "bucket": [996, 3, 8612],
            "arm": ["treatment", "treatment", "control"],
            "epoch": [1, 1, 1],
        }
    )
    for place, value in changes.items():
        rows.loc[0, place] = value
    return rows


def test_rows_as_the_warehouse_stores_them_match() -> None:
    assert mismatched_arms(_stored(), salt=SALT, treatment_shares={1: 0.2}).empty


@pytest.mark.parametrize("change", [{"arm": "control"}, {"bucket": 997}, {"epoch": 2}])
def test_a_wrong_arm_bucket_or_epoch_is_found(change: dict[str, object]) -> None:
    wrong = mismatched_arms(_stored(**change), salt=SALT, treatment_shares={1: 0.2})

    assert wrong["account_id"].tolist() == ["acc_1"]


def test_the_hold_out_at_the_top_stays_control_at_a_full_share() -> None:
    rows = _stored()
    rows["arm"] = ["treatment", "treatment", "control"]

    wrong = mismatched_arms(rows, salt=SALT, treatment_shares={1: 1.0}, holdout_share=0.2)

    assert wrong.empty
