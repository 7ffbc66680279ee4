"""Proposals in words."""

from __future__ import annotations

from cpt_rules.explanation.data import WHOLE_LINE, Change
from cpt_rules.fields import FIELDS
from cpt_rules.finding import shown


def said(change: Change) -> str:
    """A change in words: where, what stands there, and what would stand there instead."""
    if change.field == WHOLE_LINE:
        return f"take line {change.line} ({shown(change.before)}) off the claim"
    where = "" if change.line is None else f"line {change.line}: "
    return f"{where}{change.field} {shown(change.before)} → {shown(change.after)}"


def meant(change: Change) -> str:
    """What has to be put in the place of a value that only stands in; empty where it does not."""
    if not change.stand_in:
        return ""
    known = FIELDS.get(change.field)
    what = change.field if known is None else known.meaning
    return f"{shown(change.after)} only stands in; put there what is true: {what}"


def others(change: Change, most: int = 16) -> str:
    """The values that do as well; empty where there is none."""
    if not change.others:
        return ""
    listed = [shown(each) for each in change.others[:most]]
    more = len(change.others) - len(listed)
    return "as well: " + "; ".join(listed) + (f"; and {more} more" if more > 0 else "")
