"""Settings of the property tests: the same examples every time; HYPOTHESIS_PROFILE=thorough looks at more, and others.

HYPOTHESIS_PROFILE=nightly looks at 20,000 of each, which takes half an hour a test: name the tests, above all
``tests/engine/test_agreement.py -k every_engine_says``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW_TO_START = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "ci", max_examples=200, deadline=None, database=None, derandomize=True, suppress_health_check=_SLOW_TO_START
)
settings.register_profile("thorough", settings.get_profile("ci"), max_examples=5000, derandomize=False)
settings.register_profile("nightly", settings.get_profile("ci"), max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
