"""How fast is an 837P file scrubbed to JSONL, beside two X12 parsers that only read it?

``python benchmarks/pipeline.py``. Files of generated claims of five lines; `cpt-rules scrub` with the bundled rulesets and a full
NCCI PTP table (the public one of the third quarter of 2024 where it lies beside the checkout, `--source` names the
folder, else a generated one of two million rows); pyx12 and x12sdk read the same files and do nothing with them. Each
run is a process of its own, and what it takes to start is counted. Seconds are of processor time, so that what else the
machine does counts little; those of the clock stand beside them. Megabytes are of what was read, and of the memory at
its peak. pyx12 and x12sdk come with the extra ``benchmark``; what is not installed is left out, and the output says so.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 10_000, 100_000)
CLAIMS_A_SECOND = 5_000
TIMES_X12SDK = 8
MORE_MEMORY = 0.2
PEERS = ("x12sdk", "pyx12")


@frozen
class Measured:
    """One process: what it found, its seconds by processor and clock, its peak memory in bytes (None: not known)."""

    name: str
    claims: int
    lines: int
    seconds: float
    clock: float
    peak: int | None


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.child:
        print(json.dumps(_in_this_process(options)))
        return 0
    load = f", load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {platform.machine()}{load}")
    peers = [each for each in PEERS if _version(each)]
    for each in PEERS:
        if each not in peers:
            print(f'{each} is not installed, its rows are left out: pip install ".[benchmark]"')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = _store(folder, options)
        runs = {size: _compared(folder, store, size, peers, options) for size in sorted(options.sizes)}
    _judged(runs)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="claims of each file")
    parser.add_argument("--peers-up-to", type=int, default=max(SIZES), help="the largest file that peers read")
    parser.add_argument("--jobs", type=int, default=1, help="processes that judge; their time is counted as well")
    parser.add_argument("--source", type=Path, help="folder of the public tables")
    parser.add_argument("--rows", type=int, default=0, help="take a generated PTP table of so many rows")
    parser.add_argument("--child", choices=["scrub", *PEERS], help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


# ---- the files and the tables --------------------------------------------------------------------------------------


def _store(folder: Path, options: argparse.Namespace) -> Path:
    """A store with a full PTP table, and the MUE table where it is at hand."""
    sys.path.insert(0, str(ROOT))  # tests.tables.cms_text writes the public tables out as CMS ships them
    import tables
    from cpt_rules.tables.importing import import_table
    from tests.tables.cms_text import MUE, PTP, SHARED, ptp_rows, write_mue, write_parts

    source = options.source or SHARED
    public = not options.rows and (source / PTP).exists()
    rows = list(ptp_rows(source=source / PTP) if public else tables.generated_pairs(options.rows or 2_000_000))
    found, _ = import_table("ncci-ptp", write_parts(folder / "files", rows), root=folder / "store")
    said = [f"{found.rows:,} pairs, {'public' if public else 'generated'}"]
    if public and (source / MUE).exists():
        limits, _ = import_table("ncci-mue", [write_mue(folder / "files", source=source / MUE)], root=folder / "store")
        said.append(f"{limits.rows:,} unit limits, public")
    print(f"tables: {'; '.join(said)}")
    return folder / "store"


def _written(path: Path, count: int) -> None:
    import generated
    import professional
    from cpt_rules import Claim, load_ruleset

    def balanced(claim: Claim) -> Claim:  # x12sdk reads no transaction set in which a claim is not
        return evolve(claim, charge=sum((line.charge or Decimal(0) for line in claim.lines), Decimal(0)))

    with path.open("wb") as stream:
        stream.writelines(professional.interchange(map(balanced, generated.claims(load_ruleset(), count))))


# ---- one process each ----------------------------------------------------------------------------------------------


def _compared(
    folder: Path, store: Path, size: int, peers: Sequence[str], options: argparse.Namespace
) -> dict[str, Measured]:
    path = folder / f"{size}.837"
    _written(path, size)
    megabytes = path.stat().st_size / 1e6
    print(f"\n{size:,} claims, {megabytes:,.1f} MB")
    print(f"{'':<36}{'claims/s':>10}{'MB/s':>8}{'seconds':>10}{'clock':>8}{'peak MB':>9}")
    found: dict[str, Measured] = {}
    for name in ("scrub", *(peers if size <= options.peers_up_to else ())):
        one = found[name] = _process(name, path, store, options.jobs)
        peak = "?" if one.peak is None else f"{one.peak / 1e6:,.0f}"
        rate = f"{one.claims / one.seconds:>10,.0f}{megabytes / one.seconds:>8.2f}"
        print(f"{_title(name, options.jobs):<36}{rate}{one.seconds:>10.2f}{one.clock:>8.1f}{peak:>9}", flush=True)
    counts = {(each.claims, each.lines) for each in found.values()}
    if counts != {(size, 5 * size)}:
        raise SystemExit(f"not all found {size:,} claims and {5 * size:,} lines: {sorted(counts)}")
    path.unlink()
    return found


def _title(name: str, jobs: int) -> str:
    if name != "scrub":
        return f"{name} {_version(name)}, reading alone"
    return "cpt-rules scrub to JSONL" + (f", --jobs {jobs}" if jobs > 1 else "")


def _process(name: str, path: Path, store: Path, jobs: int) -> Measured:
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--child",
        name,
        "--file",
        str(path),
        "--store",
        str(store),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), *sys.path]))}
    done = subprocess.run([*command, "--jobs", str(jobs)], capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr}")
    return Measured(name, **json.loads(done.stdout.splitlines()[-1]))


def _in_this_process(options: argparse.Namespace) -> dict[str, Any]:
    began = time.perf_counter()
    claims, lines = _READ[options.child](options)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + children.ru_utime + children.ru_stime
    return {"claims": claims, "lines": lines, "seconds": seconds, "clock": time.perf_counter() - began, "peak": _peak()}


def _peak() -> int | None:
    """The most memory that this process ever had; what `getrusage` says may be that of the process that started it."""
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return None


def _scrub(options: argparse.Namespace) -> tuple[int, int]:
    from cpt_rules.cli import main as command

    output = f"{options.file}.jsonl"
    arguments = ["scrub", options.file, "--tables", options.store, "--as-of", "2026-01-31", "--format", "jsonl"]
    try:
        command([*arguments, "-o", output, "--no-progress", "--jobs", str(options.jobs)])
    except SystemExit as ended:
        if ended.code not in (0, 1):
            raise
    summary = json.loads(_last_line(Path(output)))
    os.unlink(output)
    if summary["unreadable"]:
        raise SystemExit(f"{summary['unreadable']} parts of a generated file could not be read")
    return summary["claims"], summary["lines"]


def _last_line(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 20)))
        return stream.read().splitlines()[-1]


def _x12sdk(options: argparse.Namespace) -> tuple[int, int]:
    from x12sdk.io import X12ModelReader

    claims = lines = 0
    with X12ModelReader(options.file) as reader:
        for model in reader.models():
            for claim in model.claims():
                claims += 1
                lines += len(claim.service_lines)
    return claims, lines


def _pyx12(options: argparse.Namespace) -> tuple[int, int]:
    import pyx12.error_handler
    import pyx12.params
    import pyx12.x12context

    def read() -> Iterator[int]:
        with open(options.file, encoding="ascii") as stream:
            errors = pyx12.error_handler.errh_null()
            reader = pyx12.x12context.X12ContextReader(pyx12.params.params(), errors, stream)
            for node in reader.iter_segments("2300"):
                if node.id == "2300":
                    yield node.count("2400")

    found = list(read())
    return len(found), sum(found)


_READ: dict[str, Callable[[argparse.Namespace], tuple[int, int]]] = {
    "scrub": _scrub,
    "x12sdk": _x12sdk,
    "pyx12": _pyx12,
}


# ---- the aims ------------------------------------------------------------------------------------------------------


def _judged(runs: dict[int, dict[str, Measured]]) -> None:
    largest, smallest = runs[max(runs)]["scrub"], runs[min(runs)]["scrub"]
    rate = largest.claims / largest.seconds
    print(f"\nscrub: {rate:,.0f} claims/s of {largest.claims:,}; the aim is {CLAIMS_A_SECOND:,}")
    compared = max((size for size, found in runs.items() if "x12sdk" in found), default=None)
    if compared is not None:
        ours, theirs = (runs[compared][each] for each in ("scrub", "x12sdk"))
        times = theirs.seconds / ours.seconds
        print(f"scrub: {times:.1f} times x12sdk's reading alone, of {compared:,}; the aim is {TIMES_X12SDK}")
    if largest.peak is not None and smallest.peak is not None:
        more = largest.peak / smallest.peak - 1
        print(
            f"memory: {more:+.0%} for {largest.claims:,} claims over {smallest.claims:,}; the aim is within {MORE_MEMORY:.0%}"
        )


if __name__ == "__main__":
    sys.exit(main())
