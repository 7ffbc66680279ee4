"""How long does a big ruleset take to load, beside reading the same file with PyYAML's own C loader?

``python benchmarks/loading.py``. One process; 10,000 generated profiles of five facts each, and the bundled rulesets.
All in one run and of processor time, so that what else the machine does counts little: the ratio is what to look at.
PyYAML's loader only builds dicts and lists; loading a ruleset also checks every name, type and date, keeps the place of
everything, and links.
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from cpt_rules import load_ruleset
from cpt_rules.ruleset.load import bundled_path

SECONDS = 10.0
SECONDS_BUNDLED = 0.25

_VOCABULARY = """\
source: table
title: A generated table
publisher: CMS
edition: "1"
confidence: high
---
fact: active
title: Whether the code is active
type: yes/no
---
fact: modifiers.denied
title: Modifiers that the code does not take
type: list of modifier
---
fact: mue
title: Units of one day that are plausible
type: number
---
fact: icd10
title: Diagnoses that support the code
type: list of icd10cm
---
fact: pos
title: Places of service where the code is billed
type: list of pos
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(f"Python {platform.python_version()}, {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profiles.yaml"
        path.write_text(generated(options.profiles), encoding="utf-8")
        _compared(f"{options.profiles:,} profiles", [path], lambda: load_ruleset(path), options.rounds, SECONDS)
    files = sorted(bundled_path().rglob("*.yaml"))
    _compared("the bundled rulesets", files, load_ruleset, options.rounds, SECONDS_BUNDLED)
    return 0


def generated(profiles: int) -> str:
    """A ruleset of that many profiles, the same on every run."""
    dice = random.Random(86329)
    return "---\n".join([_VOCABULARY, *(_profile(number, dice) for number in range(profiles))])


def _profile(number: int, dice: random.Random) -> str:
    diagnoses = ", ".join(f"{dice.choice('ABCDE')}{dice.randrange(10, 100)}.{dice.randrange(10)}" for _ in range(4))
    return f"""\
profile: {10000 + number}
label: test {number}
facts:
  active: {{values: {{2020-01-01: yes, 2025-01-01: {dice.choice(("yes", "no"))}}}, source: table}}
  modifiers.denied: {{values: {{2020-01-01: [26, TC], 2024-01-01: [26, TC, 50]}}, source: table}}
  mue: {{values: {{2024-07-01: {dice.randrange(1, 9)}}}, source: table}}
  icd10: {{values: {{2024-10-01: [{diagnoses}]}}, source: table}}
  pos: not available
"""


def _compared(name: str, files: Sequence[Path], load: Callable[[], object], rounds: int, budget: float) -> None:
    size = sum(path.stat().st_size for path in files) / 1e6
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    plain = _seconds(lambda: [list(yaml.load_all(path.read_bytes(), Loader=loader)) for path in files], rounds)
    ours = _seconds(load, rounds)
    print(f"{name}, {size:.2f} MB in {len(files)} files")
    print(f"  {loader.__name__:<14}{plain:8.3f} s   dicts and lists only")
    print(f"  {'load_ruleset':<14}{ours:8.3f} s   {ours / plain:.1f} times that; at most {budget:g} s are allowed")


def _seconds(run: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        run()
        best = min(best, time.process_time() - started)
    return best


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--profiles", type=int, default=10_000, help="how many profiles are generated")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds counts")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
