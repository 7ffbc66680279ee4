"""One claim on its way through the Rete: facts about every edit that may apply, outcomes and silencing back from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import define, field, frozen

from cpt_rules.engine.reference_conditions import Setting
from cpt_rules.engine.reference_edits import EditChangeInForce
from cpt_rules.engine.reference_places import Place
from cpt_rules.engine.reference_values import Truth
from cpt_rules.engine.rete_network import Action, Fact, Match, Network, ReteError, Session, distinct
from cpt_rules.engine.rete_shape import NEUTRAL, Condition, Fixed, Gate, Operator, Shape, Term, held
from cpt_rules.finding import Outcome
from cpt_rules.language import documents as doc

#: A session ends after the edit with which it reaches so many facts; each takes some eleven kilobytes.
SESSION_FACTS = 1500
#: The lines of a day whose outcomes are waited for before the day is judged.
_MANY_LINES = 50

_SAID = {True: "T", False: "F", None: "U"}


@frozen(eq=False)
class Standing:
    """An edit on one day under one chain of overlays. `trust` says whether it fails by severity, and by `fail when`."""

    edit: doc.Edit
    changes: tuple[EditChangeInForce, ...]
    shape: Shape
    trust: Callable[[Setting], tuple[bool, bool]]


@define(eq=False)
class Case:
    """An edit in one place that may apply there; what became of it, None until it is known: it does not apply."""

    node: int
    standing: Standing
    place: Place
    setting: Setting
    outcome: Outcome = Outcome.NOT_APPLICABLE
    cause: str | None = None
    settled: bool = False

    @property
    def edit(self) -> str:
        return self.standing.edit.edit.text

    @property
    def shown(self) -> Outcome:
        """The outcome as a report has it."""
        return self.outcome if self.cause is None else Outcome.SILENCED

    @property
    def speaks(self) -> bool:
        """Whether edits after it are silenced."""
        return self.shown not in (Outcome.NOT_APPLICABLE, Outcome.PASS)


@define(eq=False)
class Judging:
    """The sessions of one claim. `cases` are those that apply or may apply, once `finish` was called."""

    network: Network
    edits: frozenset[str]
    _cases: list[Case] = field(factory=list)
    _by_place: dict[tuple[str, Place | int | None], Case] = field(factory=dict)
    _truths: dict[tuple[object, ...], tuple[Term, Truth]] = field(factory=dict)
    _session: Session = field(factory=Session)
    _open: dict[str, Case] = field(factory=dict)
    _nodes: int = 0
    _spoke: set[int] = field(factory=set)

    def judge(self, standings: Iterable[Standing], place: Place, setting: Callable[[doc.Edit], Setting]) -> None:
        """Every edit in one place, each after those it comes `after`: the claim's, then those of lines, then of several."""
        if len(place.lines) > _MANY_LINES:
            self._run()
        for standing in standings:
            if self._ruled_out(standing, place):
                continue
            if self._session.size >= SESSION_FACTS:
                self._run()
            self._state(standing, place, setting(standing.edit))

    def finish(self) -> list[Case]:
        """What applies, or may apply, with its outcome."""
        self._run()
        return [case for case in self._cases if case.outcome]

    # ---- facts -----------------------------------------------------------------------------------------------------

    def _ruled_out(self, standing: Standing, place: Place) -> bool:
        """Whether a condition on the claim, read in another place of the day, already says that the edit does not apply."""
        for term in standing.shape.applies:
            if isinstance(term, Condition) and term.of_claim:
                known = self._truths.get((id(term), place.date))
                if known is not None and known[1] is False:
                    return True
        return False

    def _state(self, standing: Standing, place: Place, setting: Setting) -> None:
        """The facts about an edit in one place. One that a single condition already rules out is none."""
        shape = standing.shape
        applies = self._terms("all", shape.applies, setting)
        if False in applies:
            return
        if place.doubts:
            applies.add(None)
        node = self._node()
        self._open[str(node)] = case = Case(node, standing, place, setting)
        self._cases.append(case)
        self._session.state("edit", node=node)
        self._node_of("applies", node, applies, shape.applies, setting)
        require = self._terms("all", shape.require, setting)
        self._node_of("require", node, require, () if False in require else shape.require, setting)
        if require or any(isinstance(term, Gate) for term in shape.require):
            by_severity, by_condition = standing.trust(setting)
            if by_severity:
                self._say(node, "fails", {True})
            elif by_condition:
                fails = self._terms("any", shape.fails, setting)
                self._node_of("fails", node, fails - {None}, () if True in fails else shape.fails, setting)

    def _node_of(self, part: str, node: int, said: set[Truth], terms: Sequence[Term], setting: Setting) -> None:
        """What the terms of a node say of it, and the gates among them."""
        self._say(node, part, said)
        for gate in terms:
            if isinstance(gate, Gate):
                number = self._node()
                self._session.state("gate", node=number, op=gate.operator, height=gate.height, up=node, part=part)
                said = self._terms(gate.operator, gate.terms, setting)
                decided = (not NEUTRAL[gate.operator]) in said
                self._node_of("gate", number, said, () if decided else gate.terms, setting)

    def _terms(self, operator: Operator, terms: Sequence[Term], setting: Setting) -> set[Truth]:
        """What terms that are no gates say of their node; what is neutral there says nothing. One that decides is enough."""
        neutral = NEUTRAL[operator]
        said: set[Truth] = set()
        for term in terms:
            if not isinstance(term, Gate):
                truth = self._truth(term, setting)
                if truth is not neutral:
                    said.add(truth)
                    if truth is not None:
                        return said
        return said

    def _say(self, node: int, part: str, truths: Iterable[Truth]) -> None:
        for truth in truths:
            self._session.state("truth", of=node, part=part, value=_SAID[truth])

    def _truth(self, term: Condition | Fixed, setting: Setting) -> Truth:
        if isinstance(term, Fixed):
            return term.truth
        if not term.of_claim:
            return held(term, setting.truth(term.leaf))
        key = (id(term), setting.knowledge.day)
        if key not in self._truths:
            self._truths[key] = (term, held(term, setting.truth(term.leaf)))
        return self._truths[key][1]

    def _node(self) -> int:
        self._nodes += 1
        return self._nodes

    # ---- rules -----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Lets the Rete settle what is open."""
        if not self._open:
            return
        self._session.state("turn")
        self.network.run(self._session, self._actions())
        for case in self._open.values():
            if not case.settled:
                raise ReteError(f"durable_rules settled nothing of {case.edit}")
        self._session, self._open, self._spoke = Session(), {}, set()

    def _actions(self) -> dict[str, Action]:
        """What each rule does, by its name."""
        named = {
            **combining(self.network),
            "not applicable": self._outcome(Outcome.NOT_APPLICABLE),
            "not known to apply": self._outcome(Outcome.NOT_CHECKED),
            "not checked": self._outcome(Outcome.NOT_CHECKED),
            "fail": self._outcome(Outcome.FAIL),
            "warn": self._outcome(Outcome.WARN),
            "pass": self._outcome(Outcome.PASS),
            "turn": self._turn,
            "spread": self._spread,
        }
        ranks = [rule.name for rule in self.network.rules if rule.name.startswith("silence ")]
        return named | dict.fromkeys(ranks, self._silence)

    def _outcome(self, outcome: Outcome) -> Action:
        def settle(matches: Sequence[Match], session: Session) -> None:
            for fact in distinct(matches, "edit"):
                case = self._open[fact["node"]]
                case.outcome, case.settled = outcome, True
                if outcome:
                    self._by_place[case.edit, _key(case.place)] = case
                session.retract(fact)

        return settle

    def _turn(self, matches: Sequence[Match], session: Session) -> None:
        """States what may be silenced, and by what: an edit that passed silences only if it may be silenced itself."""
        for case in list(self._open.values()):
            if not case.outcome:
                continue
            linked = False
            for rank, cause in self._causes(case):
                session.state("link", then=case.node, cause=cause.node, rank=rank)
                if cause.speaks:
                    self._speak(cause, session)
                linked = True
            if linked:
                session.state("finding", node=case.node, quiet="no" if case.speaks else "yes")

    def _causes(self, case: Case) -> Iterable[tuple[int, Case]]:
        for rank, name in enumerate(case.standing.edit.after):
            if name.text not in self.edits:
                continue
            for key in (None, *case.place.lines, case.place):
                cause = self._by_place.get((name.text, key))
                if cause is None:
                    continue
                if cause.speaks or (str(cause.node) in self._open and cause.standing.edit.after):
                    yield rank, cause
                    if str(cause.node) not in self._open:
                        break  # one that is sure to silence is enough of a rank

    def _speak(self, case: Case, session: Session) -> None:
        if case.node not in self._spoke:
            self._spoke.add(case.node)
            session.state("spoke", by=case.node)

    def _spread(self, matches: Sequence[Match], session: Session) -> None:
        for fact in distinct(matches, "finding"):
            self._speak(self._open[fact["node"]], session)

    def _silence(self, matches: Sequence[Match], session: Session) -> None:
        for fact in distinct(matches, "finding"):
            case = self._open[fact["node"]]
            rank = next(int(match["link"]["rank"]) for match in matches if match["finding"]["id"] == fact["id"])
            case.cause = case.standing.edit.after[rank].text
            session.retract(fact)


def _key(place: Place) -> Place | int | None:
    """What edits that follow find an outcome by: nothing for the claim, a line's place, else the place itself."""
    return None if place.each == "claim" else place.lines[0] if place.each == "line" else place


def combining(network: Network) -> dict[str, Action]:
    """What the rules on gates do, by their names: a settled gate is taken back, and the node above hears of it."""
    by_word = {"moot": _moot, "unknown": _unknown, "settled": _settled}
    words = {rule.name: rule.name.partition(" ")[0] for rule in network.rules}
    return {name: by_word[word] for name, word in words.items() if word in by_word}


def _moot(matches: Sequence[Match], session: Session) -> None:
    for gate in distinct(matches, "gate"):
        session.retract(gate)


def _unknown(matches: Sequence[Match], session: Session) -> None:
    for gate in distinct(matches, "gate"):
        session.retract(gate)
        if gate["part"] != "fails":  # only what is sure to be grave counts
            _rise(gate, "U", session)


def _settled(matches: Sequence[Match], session: Session) -> None:
    for gate in distinct(matches, "gate"):
        session.retract(gate)
        _rise(gate, "T" if gate["op"] == "all" else "F", session)


def _rise(gate: Fact, value: str, session: Session) -> None:
    session.state("truth", of=gate["up"], part=gate["part"], value=value)
