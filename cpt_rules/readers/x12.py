"""X12 claims: envelopes, transaction sets and hierarchy around the loops of a guide, and what happens to a fault.

One claim is in memory at a time. A fault inside a claim loses that claim; one above it (in the billing provider, the
subscriber or the patient) each claim that stands under it; reading resumes with the next claim. A transaction set
that is no 5010 professional claim is one problem and is passed over whole.

Reference: ASC X12.5 (ISA, IEA), X12.6 (GS, GE, ST, SE), 005010X222 with errata A1 and A2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cpt_rules.claim import Claim
from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown
from cpt_rules.readers.source import Read
from cpt_rules.readers.x12_draft import Draft, Guide, Loop
from cpt_rules.readers.x12_guides import GUIDES, refusal
from cpt_rules.readers.x12_levels import begin_level, fault_above, hierarchy_level
from cpt_rules.readers.x12_segments import BLANKS, Block, blocks

_OUTSIDE = Loop("between transaction sets", ("TA1",))
_PASSED_OVER = Loop("passed over")  # where every segment but those of the structure is let go


def read_x12(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    """The claims of an X12 input in their order; what cannot be read goes to `on_problem`."""
    return _Reader(input, on_problem).claims(blocks(read))


class _Reader:
    def __init__(self, input: str, on_problem: OnProblem) -> None:
        self.input = input
        self.on_problem = on_problem
        self.loop = _OUTSIDE
        self.draft = Draft()
        self.ordinal = 0
        self.ready: Claim | None = None  # read whole, to be yielded before anything else is said
        self.waiting: list[InputProblem] = []
        self.interchange: str | None = None
        self.group: str | None = None  # GS08
        self.unread_group: Fault | None = None  # why no transaction set of this group can be read, until one is named
        self.in_set = False
        self.guide: Guide | None = None  # of the transaction set that is being read
        self.passing = False  # after a fault: let everything go until the structure says where to resume
        self.component = ":"
        self.envelope: dict[str, Callable[[list[str], int], Loop]] = {
            "ISA": self._isa,
            "GS": self._gs,
            "ST": self._st,
            "SE": self._se,
            "GE": self._ge,
            "IEA": self._iea,
        }

    def claims(self, source: Iterator[Block]) -> Iterator[Claim]:
        n = 0
        try:
            for block in source:
                separator = block.delimiters.element
                self.component = block.delimiters.component
                n = block.first - 1
                segments = iter(block.segments)
                reading = True
                while reading:
                    loop, draft, other = self.loop, self.draft, self._other
                    try:
                        # the innermost loop of the whole reader: one dictionary look-up decides what a segment is
                        for segment in segments:
                            n += 1
                            elements = segment.split(separator)
                            act = loop.get(elements[0], other)
                            if act is None:
                                continue
                            then = act(draft, elements, n)
                            if then is not None:
                                loop = self.loop = then
                                draft = self.draft
                                if self.ready is not None:
                                    claim, self.ready = self.ready, None
                                    yield claim
                                    self._report_waiting()
                        reading = False
                    except Fault as fault:
                        if self.ready is not None:
                            claim, self.ready = self.ready, None
                            yield claim
                            self._report_waiting()
                        self._fault(fault, n)
        except Fault as fault:  # of the segments themselves: there is no going on
            self._report(fault, n, self._open_claim())
            return
        self._end(n)

    # ---- what is not a plain segment of the current loop -----------------------------------------------------------

    def _other(self, draft: Draft, e: list[str], n: int) -> Loop | None:
        tag = e[0]
        envelope = self.envelope.get(tag)
        if envelope is not None:
            return envelope(e, n)
        if self.guide is not None:
            if tag == "CLM":
                return self._clm(e, n)
            if tag == "HL":
                return self._hl(e, n)
        clean = tag.lstrip(BLANKS)
        if clean != tag:
            e[0] = clean
            act = self.loop.get(clean, self._other)
            return None if act is None else act(draft, e, n)
        if self.passing or (len(e) == 1 and not tag):
            return None
        raise self.loop.unexpected(tag)

    def _clm(self, e: list[str], n: int) -> Loop:
        self._end_claim(n - 1)
        draft, guide = self.draft, self.guide
        assert guide is not None
        self.ordinal += 1
        draft.ordinal = self.ordinal
        self.passing = False
        above = fault_above(draft, n)
        if above is not None:
            for fault in draft.faults.values():
                fault.reported = True  # the uppermost is the cause, and stands for all
            self._report(above, n, e[1] if len(e) > 1 else "")
            return self._pass_over()
        self.loop = guide.claim
        guide.begin(draft, e, n)
        return guide.claim

    def _hl(self, e: list[str], n: int) -> Loop:
        self._end_claim(n - 1)
        draft, guide = self.draft, self.guide
        assert guide is not None
        self.passing = False
        level = hierarchy_level(e)
        self._close_levels(level or 3)
        if level is None:
            # whom this level describes, nobody knows: no claim can stand under it
            remedy = "send 20, 22 or 23 in HL03"
            draft.faults[3] = Fault("x12.bad-hierarchy", "HL03 is no level of a claim", remedy, segment=n)
            return self._pass_over()
        self.loop = guide.levels[level]
        begin_level(draft, level, e)
        return self.loop

    # ---- envelopes -------------------------------------------------------------------------------------------------

    def _isa(self, e: list[str], n: int) -> Loop:
        self._close_group(n)
        if self.interchange is not None:
            self._report(Fault("x12.missing-segment", "the interchange before this ISA has no IEA", "send IEA"), n)
        self.interchange = e[13].strip() if len(e) > 13 else ""
        return self._outside()

    def _gs(self, e: list[str], n: int) -> Loop:
        self._close_group(n)
        if self.interchange is None:
            self._report(Fault("x12.missing-segment", "GS stands in no interchange", "send ISA before GS"), n)
        self.group = e[8].strip() if len(e) > 8 else ""
        kind = e[1] if len(e) > 1 else ""
        if self.group not in GUIDES:
            self.unread_group = refusal("837" if kind == "HC" else "", self.group)
            self.unread_group.segment = n
            return self._pass_over()
        return self._outside()

    def _st(self, e: list[str], n: int) -> Loop:
        self._cut_off(n)
        self.in_set = True
        kind = e[1] if len(e) > 1 else ""
        number = e[2].strip() if len(e) > 2 else ""
        stated = e[3].strip() if len(e) > 3 else ""
        implementation = stated or self.group or ""
        if self.group is None:
            self._report(Fault("x12.missing-segment", "ST stands in no functional group", "send GS before ST"), n)
            self.group = ""
        guide = GUIDES.get(implementation) if kind == "837" else None
        if guide is None:
            self.unread_group = None
            self._report(refusal(kind, implementation), n)
            return self._pass_over()
        self.guide = guide
        self.passing = False
        self.unread_group = None
        self.draft = Draft(
            input=self.input,
            interchange=self.interchange,
            transaction_set=number,
            set_segment=n,
            stated_component=self.component,
        )
        self.loop = guide.header
        return self.loop

    def _se(self, e: list[str], n: int) -> Loop:
        if not self.in_set and not self.passing:
            raise Fault("x12.missing-segment", "SE ends no transaction set", "send ST before SE")
        self._end_claim(n - 1)
        self._close_levels(0)
        return self._outside()

    def _ge(self, e: list[str], n: int) -> Loop:
        self._close_group(n)
        return self._outside()

    def _iea(self, e: list[str], n: int) -> Loop:
        self._close_group(n)
        self.interchange = None
        return self._outside()

    def _end(self, n: int) -> None:
        if self.in_set:
            self._cut_off(n)
        elif self.unread_group is not None:
            self._report(self.unread_group, n)
        elif self.interchange is not None:
            self._report(Fault("x12.truncated", "the input ends before IEA", "send the whole file"), n)

    # ---- ends and faults -------------------------------------------------------------------------------------------

    def _outside(self) -> Loop:
        self.in_set = False
        self.guide = None
        self.passing = False
        self.loop = _OUTSIDE
        return self.loop

    def _pass_over(self) -> Loop:
        self.passing = True
        self.loop = _PASSED_OVER
        return self.loop

    def _open_claim(self) -> str:
        return (self.draft.claim or {}).get("id", "") if self.guide is not None else ""

    def _end_claim(self, last: int) -> None:
        draft = self.draft
        if self.guide is None or draft.claim is None:
            return
        try:
            self.ready = self.guide.end(draft, last)
        except Fault as fault:
            self._report(fault, last, self._open_claim())
        finally:
            draft.claim = draft.line = None

    def _close_levels(self, level: int) -> None:
        """Forget the faults of this level and those below it; one that cost no claim is named now."""
        faults = self.draft.faults
        for each in [each for each in faults if each >= level]:
            fault = faults.pop(each)
            if not fault.reported:
                self._report(fault, fault.segment or 0)

    def _close_group(self, n: int) -> None:
        self._cut_off(n)
        self.group = None
        if self.unread_group is not None:
            fault, self.unread_group = self.unread_group, None
            self._report(fault, n)

    def _cut_off(self, n: int) -> None:
        """A transaction set that is still open where it cannot be: its last claim may lack lines, and is not read."""
        if self.in_set and self.guide is not None:
            claim = self._open_claim()
            self.draft.claim = None
            self._report(
                Fault(
                    "x12.truncated",
                    "the transaction set ends without SE" + (", its last claim may lack lines" if claim else ""),
                    "send the whole transaction set",
                ),
                n,
                claim,
            )
            self.draft.faults.clear()
        self._outside()

    def _fault(self, fault: Fault, n: int) -> None:
        fault.segment = fault.segment or n
        draft = self.draft
        if self.guide is None or not draft.level:
            self._pass_over()  # what follows belongs to the same damage, until an envelope or the first HL
            self._report(fault, n)
        elif draft.claim is not None:
            claim = self._open_claim()
            draft.claim = draft.line = None
            if fault.code == "x12.unexpected-segment":
                draft.faults[draft.level] = fault  # it may have been the HL of the claims that follow
            self._pass_over()
            self._report(fault, n, claim)
        elif draft.level not in draft.faults:
            draft.faults[draft.level] = fault

    def _report(self, fault: Fault, n: int, claim: str = "") -> None:
        fault.reported = True
        segment = fault.segment or n
        ident = shown(claim) if claim else None
        problem = InputProblem(fault.code, fault.message, self.input, fault.remedy, segment=segment, claim=ident)
        if self.ready is None:
            self.on_problem(problem)
        else:
            self.waiting.append(problem)

    def _report_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        for problem in waiting:
            self.on_problem(problem)
