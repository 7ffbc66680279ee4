"""The promises that fuzzing holds the readers to, on the seeds and on a few hundred changed ones; no fuzzer is needed."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "fuzz"
sys.path.insert(0, str(FUZZ))
import targets  # noqa: E402

TARGETS = sorted(targets.TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_keep_the_promises_also_when_they_fill_a_megabyte(name):
    seeds = sorted(targets.TARGETS[name].seeds.iterdir())
    assert len(seeds) >= 3
    for seed in seeds:
        targets.TARGETS[name].check(seed.read_bytes())
        targets.TARGETS[name].check(targets.filled(seed.read_bytes()))


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_keep_the_promises(name):
    target, chance = targets.TARGETS[name], random.Random(7)
    for seed in sorted(target.seeds.iterdir()):
        data = seed.read_bytes()
        for _ in range(150):
            changed = targets.mutated(data, target.words, chance)
            target.check(changed)
            data = changed if chance.random() < 0.5 else seed.read_bytes()


def test_a_broken_promise_is_seen(monkeypatch):
    class Forgetful:
        def __call__(self, *args, **options):
            return iter(())

    monkeypatch.setattr(targets, "read_claims", Forgetful())
    with pytest.raises(AssertionError):
        targets.TARGETS["x12"].check((targets.TARGETS["x12"].seeds / "professional.837").read_bytes())


def test_the_runner_takes_files_or_says_what_is_missing():
    seed = next(iter(sorted(targets.TARGETS["json"].seeds.iterdir())))
    ended = subprocess.run([sys.executable, FUZZ / "run.py", "json", seed], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout.startswith(f"{seed}: ")) in ((0, True), (2, False))
    assert ended.returncode == 0 or ended.stderr == 'atheris is not installed: pip install -e ".[fuzz]"\n'
