"""The kinds of engines that tests go through; durable_rules, and so the rete engine, ends with Python 3.12."""

from __future__ import annotations

import sys

import pytest

#: Whether the rete engine runs here.
RETE = sys.version_info < (3, 13)
needs_rete = pytest.mark.skipif(not RETE, reason="durable_rules cannot be imported on Python 3.13")
#: The kinds that are held to the reference engine.
COMPILED = ("direct", "rete") if RETE else ("direct",)
KINDS = ("direct", "reference", pytest.param("rete", marks=needs_rete))
each_engine = pytest.mark.parametrize("kind", KINDS)
