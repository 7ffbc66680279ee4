"""Rules that durable_rules compiles into a Rete, and the sessions in which facts meet them. Nothing else imports it.

durable_rules is a Rete in C that trusts its caller. What keeps it safe here, each from its source or measured:

- Facts are small, all text, and hold nothing but words of ours and whole numbers: nothing that a claim says reaches it.
- Every fact has an `id`, a whole number up to `MAX_FACTS`: it tells facts apart by a hash of 32 bits, of which those
  numbers have no two alike.
- A fact that no rule has a pattern for, or that was there before, is an error here; it would else be dropped. One that
  cannot be parsed, or has too many properties, is dropped with all behind it: none such is made.
- An action takes back at most one fact of each match: two make it read beyond its memory.
- One session at a time in a network, behind a lock, and its state is always deleted. Its first session runs when the
  network is made: a state that never ran an action is freed with pointers that nobody set.
- Its own loop is used, not the host of durable_rules: that one starts two threads with timers, writes the state after
  every action, and swallows what an action raises.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from types import ModuleType

from attrs import define, field, frozen

#: Ids of facts count from 1 to this in a session.
MAX_FACTS = 200_000
#: Properties of a fact beside its session, id and kind.
MAX_PROPERTIES = 200
#: Matches that an action is given at once.
_AT_ONCE = 10_000
_SESSION = "claim"
#: The error of durable_rules that there is no such state.
_NO_STATE = 309

Fact = Mapping[str, str]
#: One way in which the patterns of a rule are met: a fact by the name of each pattern.
Match = Mapping[str, Fact]
#: A pattern: property → the text it has, or a property of an earlier pattern (`Same`, `Other`) that it equals or not.
Pattern = Mapping[str, "str | Same | Other"]


class ReteError(RuntimeError):
    """durable_rules did not do what it is asked for; no answer may rest on it."""


@frozen
class Same:
    """The property of an earlier pattern that a property equals."""

    pattern: str
    property: str


@frozen
class Other:
    """The property of an earlier pattern that a property differs from."""

    pattern: str
    property: str


@frozen
class Rule:
    """Patterns by name, of facts that must be there together. `at_once` matches are handed over at a time."""

    name: str
    patterns: Mapping[str, Pattern]
    at_once: int = _AT_ONCE


@define
class Session:
    """The facts of one run. What is asserted and retracted takes effect when the action ends."""

    _count: int = 0
    _asserted: list[str] = field(factory=list)
    _retracted: list[str] = field(factory=list)

    def state(self, kind: str, **properties: object) -> str:
        """Asserts a fact; its id. Properties are words or whole numbers."""
        self._count += 1
        if self._count > MAX_FACTS:
            raise ReteError(f"more than {MAX_FACTS:,} facts in one session")
        if len(properties) > MAX_PROPERTIES:
            raise ReteError(
                f"a fact of {len(properties)} properties; durable_rules loses those of more than {MAX_PROPERTIES}"
            )
        text = "".join(f'","{name}":"{value}' for name, value in properties.items())
        self._asserted.append(f'{{"sid":"{_SESSION}","id":"{self._count}","kind":"{kind}{text}"}}')
        return str(self._count)

    def retract(self, fact: Fact) -> None:
        """Takes a fact back. Of one match at most one fact may be taken back."""
        self._retracted.append(f'{{"sid":"{_SESSION}","id":"{fact["id"]}"}}')

    @property
    def size(self) -> int:
        """How many facts were asserted."""
        return self._count

    def flush(self, library: ModuleType, handle: int) -> int | None:
        """Hands over what is waiting; the place of the session's state, where anything was asserted."""
        state: int | None = None
        if self._retracted:
            library.retract_facts(handle, f"[{','.join(self._retracted)}]")
        if self._asserted:
            code, state = library.assert_facts(handle, f"[{','.join(self._asserted)}]")
            if code:
                raise ReteError(f"durable_rules refused a fact ({'nothing matches it' if code == 1 else code})")
        self._retracted, self._asserted = [], []
        return state


Action = Callable[[Sequence[Match], Session], None]


@define(eq=False)
class Network:
    """A compiled Rete. Rules given first go first; while one has a match, those behind it wait."""

    rules: tuple[Rule, ...]
    _library: ModuleType = field(init=False)
    _handle: int = field(init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._library = library()
        started = Rule("started", {"m": {"kind": "start"}})
        compiled = {rule.name: _compiled(rule, place) for place, rule in enumerate((*self.rules, started), 1)}
        self._handle = self._library.create_ruleset("cpt_rules", json.dumps(compiled))
        first = Session()
        first.state("start")
        self.run(first, {"started": lambda matches, session: None})

    def run(self, session: Session, actions: Mapping[str, Action]) -> None:
        """Asserts the facts of a session and fires rules until none has a match. Raises what an action raises."""
        with self._lock:
            handle, called = self._handle, self._library
            try:
                state = session.flush(called, handle)
                if state is None:
                    return
                begun = called.start_action_for_state(handle, state)
                messages = begun[1] if begun else None
                while messages:
                    for name, found in json.loads(messages).items():
                        actions[name](found, session)
                    session.flush(called, handle)
                    messages = called.complete_and_start_action(handle, state)
            except called.error as error:
                raise ReteError(str(error)) from error
            finally:
                self._delete()

    def _delete(self) -> None:
        try:
            self._library.delete_state(self._handle, _SESSION)
        except self._library.error as error:
            if str(_NO_STATE) not in str(error):  # the first fact of the session was refused, or there was none
                raise


def library() -> ModuleType:
    """The extension module of durable_rules. Raises `ImportError` where it cannot be imported, which says why."""
    try:
        import durable_rules_engine
    except ImportError as error:
        raise ImportError(_unimportable(sys.version_info[:2], error)) from error
    module: ModuleType = durable_rules_engine
    return module


def _unimportable(version: tuple[int, int], error: ImportError) -> str:
    if version >= (3, 13):
        return (
            f"the rete engine needs durable_rules, which cannot be imported on Python {version[0]}.{version[1]}: "
            "use the direct engine, or Python 3.11 or 3.12"
        )
    return (
        f"the rete engine needs durable_rules, which cannot be imported ({error}): "
        "install durable-rules anew, or use the direct engine"
    )


def _compiled(rule: Rule, priority: int) -> dict[str, object]:
    patterns = [{name: {"$and": [_test(*each) for each in pattern.items()]}} for name, pattern in rule.patterns.items()]
    return {"all": patterns, "pri": priority, "cap": rule.at_once}


def _test(name: str, wanted: str | Same | Other) -> dict[str, object]:
    if isinstance(wanted, str):
        return {name: wanted}
    reference = {wanted.pattern: wanted.property}
    return {name: reference} if isinstance(wanted, Same) else {"$neq": {name: reference}}


def distinct(matches: Iterable[Match], pattern: str) -> list[Fact]:
    """The facts that met a pattern, each once."""
    return list({match[pattern]["id"]: match[pattern] for match in matches}.values())
