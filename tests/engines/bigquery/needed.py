"""Each test file of this folder imports this before what it needs installed, and is skipped without that."""

from __future__ import annotations

import pytest

from tests.engines.needed import FOR_BIGQUERY, skip_without

skip_without(*FOR_BIGQUERY)

ENGINES = pytest.mark.engines
