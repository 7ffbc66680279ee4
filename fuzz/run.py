"""Coverage-guided fuzzing of a reader: ``python fuzz/run.py x12`` (or ``json``, ``csv``), ten minutes unless ``--seconds`` says.

Needs atheris (``pip install -e ".[fuzz]"``). New inputs that reach new code are kept in ``fuzz/corpus/TARGET`` for the
next run, an input that breaks a promise in ``fuzz/found``; repeat one with ``python fuzz/run.py x12 FILE``, which needs no
atheris. Watching the code slows it down, so an input that is too slow is read once more unwatched before it counts. Prints
how many inputs were run, which was the slowest and how much memory was used; ends with 0 where no promise was broken.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

MOST_MEMORY = 200  # MB
FILLED_EVERY = 64  # every so many inputs one is repeated until it fills a megabyte


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    if options.inputs:
        import targets

        for each in options.inputs:
            print(f"{each}: {targets.TARGETS[options.target].run(each.read_bytes()):.3f} s")
        return 0
    try:
        import atheris
    except ImportError:
        print('atheris is not installed: pip install -e ".[fuzz]"', file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["cpt_rules.readers"]):
        import targets
    return _fuzz(atheris, targets, targets.TARGETS[options.target], options)


def _fuzz(atheris: Any, targets: Any, target: Any, options: argparse.Namespace) -> int:
    corpus, found = HERE / "corpus" / options.target, HERE / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    started, count = time.monotonic(), 0
    slowest: tuple[float, int] = (0.0, 0)
    before = _peak()

    def one(data: bytes) -> None:
        nonlocal count, slowest
        count += 1
        if count % FILLED_EVERY == 0 and data:
            data = targets.filled(data)
        place = found / f"{options.target}-{count}"
        try:
            seconds = target.run(data)
        except targets.TooSlow:
            place.write_bytes(data)
            seconds = _unwatched(options.target, place)
            place.unlink()
        except BaseException:
            place.write_bytes(data)
            raise
        assert _peak() < MOST_MEMORY, f"{_peak():.0f} MB of memory"
        if seconds > slowest[0]:
            slowest = (seconds, len(data))
            (found / f"{options.target}-slowest").write_bytes(data)
        if time.monotonic() - started > options.seconds:
            print(
                f"{options.target}: {count:,} inputs in {time.monotonic() - started:.0f} s, no promise broken; "
                f"slowest {slowest[0]:.3f} s of processor time ({slowest[1]:,} bytes); "
                f"peak memory {_peak():.0f} MB ({before:.0f} MB before the first input)",
                flush=True,
            )
            os._exit(0)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return targets.mutated(data, target.words, chance)[:most]

    print(f"{options.target}: {options.seconds} s, inputs of up to {options.longest:,} bytes", flush=True)
    flags = [f"-max_len={options.longest}", f"-artifact_prefix={found}/", "-rss_limit_mb=0", f"-seed={options.seed}"]
    program = [sys.argv[0], *flags, "-print_final_stats=0", "-verbosity=0", str(corpus), str(target.seeds)]
    atheris.Setup(program, one, custom_mutator=mutated)
    atheris.Fuzz()
    return 1  # libFuzzer ends by itself only where something was found


def _unwatched(name: str, place: Path) -> float:
    """The processor time of an input where nothing watches the code. Raises where it breaks a promise there too."""
    program = [sys.executable, str(Path(__file__).resolve()), name, str(place)]
    ended = subprocess.run(program, capture_output=True, text=True, check=True)
    return float(ended.stdout.rpartition(": ")[2].removesuffix(" s\n"))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target", choices=["x12", "json", "csv"])
    parser.add_argument("inputs", nargs="*", type=Path, help="run these files once instead of fuzzing")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--longest", type=int, default=16384, help="the longest input in bytes")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
