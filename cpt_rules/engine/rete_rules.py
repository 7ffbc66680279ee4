"""The rules of the rete engine: they combine truths, settle outcomes, silence, and bind lines. The same for all rulesets.

Edits, payers, codes and rows of tables are facts or stand behind facts; they never become rules. So the Rete is
compiled once a process, and nothing grows with a ruleset but the levels of nesting and the length of `after`.

Rules stand in the order of their priority. Facts, by kind; numbers stand for what Python keeps:

- ``gate``: an `all` or `any` in a clause: its `node`, `height`, the node `up` above it and its `part` there
- ``truth``: that a term of node `of` is T, F or U, in its `part`: a gate's, or what an edit ``applies``, ``require``\\ s or
  ``fails`` by. What is neutral there is not said.
- ``edit``: an edit in one place that may apply there; ``turn``: silencing may begin
- ``finding``: an outcome that another edit may silence; `quiet`: it would silence none itself
- ``link``: that finding `then` comes after `cause`, at this `rank`; ``spoke``: a cause that silences
- ``a`` and ``b``: a line as either of a pair, by day and provider; ``line`` and ``day``: a line, and one day of one code
"""

from __future__ import annotations

from functools import cache
from threading import Lock

from cpt_rules.engine.rete_network import Network, Other, Pattern, Rule, Same

#: Of one edit: the deepest nesting of groups of conditions, the most groups, and the most edits in `after`.
MAX_HEIGHT = 24
MAX_GATES = 5000
MAX_AFTER = 64
_HEIGHTS = (2, 4, 8, 16, MAX_HEIGHT)
_RANKS = (4, 8, 16, 32, MAX_AFTER)


def judging(height: int, ranks: int) -> Network:
    """The Rete that judges edits whose gates are at most so high, with at most so many causes in `after`."""
    with _making:
        return _judging(min(h for h in _HEIGHTS if h >= height), min(r for r in _RANKS if r >= ranks))


def binding() -> Network:
    """The Rete that binds lines to pairs and days."""
    with _making:
        return _binding()


_making = Lock()


def forget() -> None:
    """Lets go of every compiled Rete; the next call compiles anew. For a process that was forked off."""
    global _making
    _making = Lock()
    _judging.cache_clear()
    _binding.cache_clear()


@cache
def _judging(height: int, ranks: int) -> Network:
    return Network((*_combining(height), *_settling(), *_silencing(ranks)))


@cache
def _binding() -> Network:
    return Network((*_pairs(), *_days()))


# ---- truths --------------------------------------------------------------------------------------------------------


def _truth(part: str, value: str, node: Same) -> Pattern:
    return {"kind": "truth", "part": part, "value": value, "of": node}


_OF_GATE, _OF_EDIT = Same("gate", "node"), Same("edit", "node")


def _combining(height: int) -> list[Rule]:
    """Kleene's `all` and `any`: what decides a gate goes first, then what makes it unknown, then what is left over.

    A gate is settled when all below it are, for the lower ones go first.
    """
    rules = [
        Rule("moot all", {"gate": {"kind": "gate", "op": "all"}, "truth": _truth("gate", "F", _OF_GATE)}),
        Rule("moot any", {"gate": {"kind": "gate", "op": "any"}, "truth": _truth("gate", "T", _OF_GATE)}),
        Rule("not applicable", {"edit": {"kind": "edit"}, "truth": _truth("applies", "F", _OF_EDIT)}),
    ]
    for level in range(1, height + 1):
        gate = {"kind": "gate", "height": str(level)}
        rules.append(Rule(f"unknown {level}", {"gate": gate, "truth": _truth("gate", "U", _OF_GATE)}))
        rules.append(Rule(f"settled {level}", {"gate": gate}))
    return rules


def _settling() -> list[Rule]:
    """The outcome of an edit; the first rule that has a match takes the edit away from those behind it."""
    edit = {"kind": "edit"}
    unmet = _truth("require", "F", _OF_EDIT)
    return [
        Rule("not known to apply", {"edit": edit, "truth": _truth("applies", "U", _OF_EDIT)}),
        Rule("fail", {"edit": edit, "truth": unmet, "grave": _truth("fails", "T", _OF_EDIT)}),
        Rule("warn", {"edit": edit, "truth": unmet}),
        Rule("not checked", {"edit": edit, "truth": _truth("require", "U", _OF_EDIT)}),
        Rule("pass", {"edit": edit}),
    ]


def _silencing(ranks: int) -> list[Rule]:
    """First all that is silenced speaks in its turn, then each finding is taken back for the first of its causes."""
    link: Pattern = {"kind": "link"}
    spoke: Pattern = {"kind": "spoke", "by": Same("link", "cause")}
    finding: Pattern = {"kind": "finding", "node": Same("link", "then")}
    rules = [
        Rule("turn", {"turn": {"kind": "turn"}}),
        Rule("spread", {"link": link, "spoke": spoke, "finding": {**finding, "quiet": "yes"}}),
    ]
    for rank in range(ranks):
        patterns: dict[str, Pattern] = {"link": {**link, "rank": str(rank)}, "spoke": spoke, "finding": finding}
        rules.append(Rule(f"silence {rank}", patterns))
    return rules


# ---- lines ---------------------------------------------------------------------------------------------------------


def _pairs() -> list[Rule]:
    """Two lines whose day and provider are the same, or may be, for one of the two is not known."""
    rules: list[Rule] = []
    for day in ("same", "a", "b"):
        for provider in ("same", "a", "b"):
            a: dict[str, str | Same | Other] = {"kind": "a"}
            b: dict[str, str | Same | Other] = {"kind": "b", "line": Other("a", "line")}
            for name, which in (("day", day), ("provider", provider)):
                if which == "a":
                    a[f"{name}_known"] = "no"
                else:
                    a[f"{name}_known"], b[f"{name}_known"] = "yes", "yes" if which == "same" else "no"
                if which == "same":
                    b[name] = Same("a", name)
            rules.append(Rule(f"pair {day} {provider}", {"a": a, "b": b}))
    return rules


def _days() -> list[Rule]:
    """A line joins the day of its group; where there is none yet, one line opens it."""
    return [
        Rule("join", {"line": {"kind": "line"}, "day": {"kind": "day", "group": Same("line", "group")}}),
        Rule("open", {"line": {"kind": "line"}}, at_once=1),
    ]
