"""The roll-up of one line, or of the edits on the claim itself, from its outcome codes.

Lines come out alike over and over, so what was rolled up is remembered by the codes: one look-up a line.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from cpt_rules.finding import Outcome

#: The verdict of what would have failed or warned, had an override not let it pass by. It is none of the engine's.
BYPASSED = "bypassed"
#: The order in which verdicts are counted out.
VERDICTS = (
    *(each.label for each in (Outcome.PASS, Outcome.WARN, Outcome.FAIL)),
    BYPASSED,
    "not checked",
    "not applicable",
)

_MOST = 20_000


@frozen(eq=False)
class Roll:
    """How many edits passed, warned … on one line or claim.

    `status` is the worst of fail, warn, bypassed and pass, else ``not checked``, else ``not applicable``. `complete` says
    that nothing went unchecked. Neither `bypassed` nor `silenced` edits count as passes. `json` is what a claim's record
    says of it, behind the number of the line.
    """

    status: str
    complete: bool
    passed: int
    warned: int
    failed: int
    not_checked: int
    bypassed: int
    silenced: int
    json: str = field(repr=False)


_by_codes: dict[bytes, Roll] = {}
_by_counts: dict[tuple[int, ...], Roll] = {}


def rolled(codes: Sequence[int]) -> Roll:
    """The roll-up of outcome codes (see `cpt_rules.finding.Outcome`); the same object for the same codes."""
    key = bytes(codes)
    found = _by_codes.get(key)
    if found is None:
        if len(_by_codes) > _MOST:
            _by_codes.clear()
        count = key.count
        applies = any(key)
        found = _by_codes[key] = _of(applies, count(b"\3"), count(b"\4"), count(b"\5"), count(b"\2"), 0, count(b"\1"))
    return found


def without(roll: Roll, warned: int, failed: int) -> Roll:
    """A roll-up in which so many warnings and failures are bypassed."""
    warnings, failures = roll.warned - warned, roll.failed - failed
    bypassed = roll.bypassed + warned + failed
    return _of(True, roll.passed, warnings, failures, roll.not_checked, bypassed, roll.silenced)


def _of(applies: bool, passed: int, warned: int, failed: int, not_checked: int, bypassed: int, silenced: int) -> Roll:
    key = (applies, passed, warned, failed, not_checked, bypassed, silenced)
    found = _by_counts.get(key)
    if found is None:
        if len(_by_counts) > _MOST:
            _by_counts.clear()
        found = _by_counts[key] = _made(*key)
    return found


def _made(applies: bool, passed: int, warned: int, failed: int, not_checked: int, bypassed: int, silenced: int) -> Roll:
    verdicts = ((failed, "fail"), (warned, "warn"), (bypassed, BYPASSED), (passed, "pass"), (applies, "not checked"))
    status = next((word for count, word in verdicts if count), "not applicable")
    complete = not not_checked and not silenced
    json = (
        f'"status": "{status}", "complete": {"true" if complete else "false"}, "pass": {passed}, "warn": {warned}, '
        f'"fail": {failed}, "not_checked": {not_checked}, "bypassed": {bypassed}, "silenced": {silenced}}}'
    )
    return Roll(status, complete, passed, warned, failed, not_checked, bypassed, silenced, json)


#: How bad the verdict of a roll-up is.
weight = {"not applicable": 0, "not checked": 1, "pass": 2, BYPASSED: 3, "warn": 4, "fail": 5}.__getitem__
