"""The rules below this folder are material of tests, many of them faulty on purpose; none are tests themselves."""

from __future__ import annotations

collect_ignore_glob = ["*.yaml", "*.yml"]
