"""Settings of the property tests: the same examples every time; another profile looks at more, and at others.

``--hypothesis-profile=NAME`` or ``HYPOTHESIS_PROFILE=NAME`` chooses: ``thorough`` looks at 5,000 examples of each,
``nightly`` at 20,000, which takes hours: ``.ci/nightly`` names the tests that are worth it.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW_TO_START = (HealthCheck.too_slow, HealthCheck.data_too_large)
_NIGHTLY = 20_000

settings.register_profile(
    "ci", max_examples=200, deadline=None, database=None, derandomize=True, suppress_health_check=_SLOW_TO_START
)
settings.register_profile("thorough", settings.get_profile("ci"), max_examples=5000, derandomize=False)
settings.register_profile(
    "nightly", settings.get_profile("ci"), max_examples=_NIGHTLY, derandomize=False, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def nightly() -> bool:
    """Whether the profile looks at as many examples as the nightly one. For modules of tests, which are read after it is chosen."""
    return (settings.default or settings()).max_examples >= _NIGHTLY
