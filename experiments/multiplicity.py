"""Several secondary metrics are several chances to be wrong.

Belongs here: the adjustment of their p-values. Does not belong here: the one goal metric, which is not
adjusted, and guardrails, which each keep a level of their own because they may only stop.
"""

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) adjusted p-values, under the names and in the order given.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none falls below the one before it,
    none exceeds 1. To call those below alpha found is wrong about any of them with probability alpha at
    most, whatever their dependence. Raises ValueError for what is no p-value.
    """
    if not all(0 <= p_value <= 1 for p_value in p_values.values()):
        raise ValueError(f"p-values lie between 0 and 1, unlike {dict(p_values)}")
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = min(1.0, max(highest, (len(p_values) - place) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
