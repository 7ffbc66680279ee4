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


def test_an_input_that_takes_too_long_breaks_a_promise():
    with pytest.raises(targets.TooSlow):
        targets.Target(FUZZ, (), lambda data: 1.1).run(b"ISA")
    assert targets.Target(FUZZ, (), lambda data: 1.1).run(bytes(2 << 20)) == 1.1


def test_the_runner_repeats_an_input_without_a_fuzzer():
    seed = sorted(targets.TARGETS["json"].seeds.iterdir())[0]
    ended = subprocess.run([sys.executable, FUZZ / "run.py", "json", seed], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{seed}: 0.")
