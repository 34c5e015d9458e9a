"""What the pinned fakesnow does otherwise than Snowflake, mended one idea a module.

Each module has `PATCHED`, the names that it replaces, and `apply()`. A name that is gone in another
release stops the stand-in at its start. Applied in the stand-in's own process alone: nothing here touches
the product.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules


def names() -> list[str]:
    """Every repair, in the order in which they are applied."""
    return sorted(module.name for module in iter_modules(__path__))


def apply_all(*, without: Iterable[str] = ()) -> None:
    """Apply every repair but those named; KeyError for a name that is none."""
    left_out = set(without)
    if unknown := left_out - set(names()):
        raise KeyError(f"no such repair: {', '.join(sorted(unknown))}")
    for name in names():
        if name not in left_out:
            repair = import_module(f"{__name__}.{name}")
            for owner, attribute in repair.PATCHED:
                if not hasattr(owner, attribute):
                    raise AttributeError(f"repair {name}: {owner!r} has no {attribute}")
            repair.apply()
