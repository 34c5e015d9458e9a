"""The table of meaning: each macro over inputs that engines read differently, and what has to come out."""

from tests.engines.meaning.cases import composed, numbers, texts, times, zones

CASES = [*times.CASES, *zones.CASES, *texts.CASES, *numbers.CASES, *composed.CASES]
