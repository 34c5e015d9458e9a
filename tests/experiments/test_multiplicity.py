"""Holm's adjustment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.multiplicity import holm


def test_adjusted_p_values_are_the_printed_ones() -> None:
    """pingouin.multicomp([.50, .003, .32, .054, .0003], method="holm"): 0.64, 0.012, 0.64, 0.162, 0.0015."""
    answer = holm({"a": 0.50, "b": 0.003, "c": 0.32, "d": 0.054, "e": 0.0003})

    assert list(answer) == ["a", "b", "c", "d", "e"]
    assert list(answer.values()) == pytest.approx([0.64, 0.012, 0.64, 0.162, 0.0015])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusted_lies_between_the_raw_value_and_bonferronis_and_keeps_the_order(raw: list[float]) -> None:
    names = [f"metric {place}" for place in range(len(raw))]

    adjusted = list(holm(dict(zip(names, raw, strict=True))).values())

    assert all(p <= q <= min(1, len(raw) * p) for p, q in zip(raw, adjusted, strict=True))
    order = sorted(range(len(raw)), key=lambda place: raw[place])
    assert [adjusted[place] for place in order] == sorted(adjusted)


def test_of_metrics_without_an_effect_one_family_in_twenty_finds_any() -> None:
    random = np.random.default_rng(2)
    found = 0
    for _ in range(3000):
        family = {str(place): float(p) for place, p in enumerate(random.random(8))}
        found += min(holm(family).values()) < 0.05

    assert 0.035 <= found / 3000 <= 0.06


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="p-values"):
        holm({"a": 0.5, "b": wrong})
