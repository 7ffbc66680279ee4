"""X12 claims: envelopes, transaction sets and hierarchy around the loops of a guide, and what happens to a fault.

One claim is in memory at a time. A fault inside a claim loses that claim; one above it (in the billing provider, the
subscriber or the patient) each claim that stands under it; reading resumes with the next claim. A transaction set that
is none of the claims read here is one problem and is passed over whole. Whatever is passed over has been named, or is
named before anything else is read.

Reference: ASC X12.5 (ISA, IEA), X12.6 (GS, GE, ST, SE), 005010X222 and 005010X223 with their errata.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpt_rules.claim import Claim
from cpt_rules.readers.problem import Fault, OnProblem
from cpt_rules.readers.source import Read
from cpt_rules.readers.x12_draft import Draft, Guide, Loop
from cpt_rules.readers.x12_envelope import ENVELOPES, Envelope, Envelopes
from cpt_rules.readers.x12_guides import GUIDES, group_refusal, refusal, stated_version
from cpt_rules.readers.x12_levels import begin_level, fault_above, hierarchy_level
from cpt_rules.readers.x12_problems import Enough, Problems
from cpt_rules.readers.x12_segments import BLANKS, Block, blocks

_OUTSIDE = Loop("between transaction sets", ("TA1",))
_PASSED_OVER = Loop("passed over")  # where every segment but those of the structure is let go


def read_x12(read: Read, input: str, on_problem: OnProblem) -> Iterator[Claim]:
    """The claims of an X12 input in their order; what cannot be read goes to `on_problem`."""
    return _Reader(input, on_problem).claims(blocks(read))


class _Reader:
    def __init__(self, input: str, on_problem: OnProblem) -> None:
        self.input = input
        self.problems = Problems(input, on_problem)
        self.loop = _OUTSIDE
        self.draft = Draft()
        self.ordinal = 0
        self.ready: Claim | None = None  # read whole, to be yielded before anything else is said
        self.envelopes = Envelopes()
        self.guide: Guide | None = None  # of the transaction set that is being read
        self.passing = False  # after a fault: let everything go until the structure says where to resume
        self.blank = 0  # segments of this transaction set that are empty
        self.component = ":"

    def claims(self, source: Iterator[Block | Fault]) -> Iterator[Claim]:
        try:
            yield from self._claims(source)
        except Enough as enough:
            self.problems.enough(enough.args[0])
            yield from self._ready()

    def _claims(self, source: Iterator[Block | Fault]) -> Iterator[Claim]:
        n = 0
        for block in source:
            if isinstance(block, Fault):  # of the segments themselves: nothing goes on behind it
                self._gap(block)
                continue
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
                        then = loop.get(elements[0], other)(draft, elements, n)
                        if then is not None:
                            loop = self.loop = then
                            draft = self.draft
                            if self.ready is not None:
                                yield from self._ready()
                    reading = False
                except Fault as fault:
                    yield from self._ready()
                    self._fault(fault, n)
        self._cut_off("", n)

    def _ready(self) -> Iterator[Claim]:
        claim, self.ready = self.ready, None
        if claim is not None:
            yield claim
            self.problems.release()

    # ---- what is not a plain segment of the current loop -----------------------------------------------------------

    def _other(self, draft: Draft, e: list[str], n: int) -> Loop | None:
        tag = e[0]
        if tag in ENVELOPES:
            return self._envelope(e, n)
        guide = self.guide
        if guide is not None:
            if tag == "CLM":
                return self._clm(e, n)
            if tag == "HL":
                return self._hl(e, n)
        clean = tag.lstrip(BLANKS)
        if clean != tag:
            e[0] = clean
            return self.loop.get(clean, self._other)(draft, e, n)
        if len(e) == 1 and not tag:
            self.blank += 1
            return None
        if self.passing:
            if guide is not None and draft.level and not draft.faults and tag not in guide.known:
                # it may be a damaged HL: the claims that follow may be another's
                fault = draft.faults[draft.level] = self.loop.unexpected(tag)
                fault.segment = n
            return None
        if guide is not None:
            raise self.loop.unexpected(tag)
        group = self.envelopes.group
        if group is not None and group.refusal is not None and not group.refusal.reported:
            self.envelopes.refused()
            raise group.refusal
        raise self.envelopes.stray(tag, n)

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
            self.problems.report(above, n, e[1] if len(e) > 1 else "")
            return self._pass_over()
        self.loop = guide.claim
        guide.begin(draft, e, n)
        return guide.claim

    def _hl(self, e: list[str], n: int) -> Loop:
        self._end_claim(n - 1)
        draft, guide = self.draft, self.guide
        assert guide is not None
        self._pass_over()  # until it is known what this HL begins
        level = hierarchy_level(e)
        self._close_levels(level or 3, n)
        if level is None:
            # whom this level describes, nobody knows: no claim can stand under it
            remedy = "send 20, 22 or 23 in HL03"
            draft.faults[3] = Fault("x12.bad-hierarchy", "HL03 is no level of a claim", remedy, segment=n)
            return self.loop
        self.passing = False
        self.loop = guide.levels[level]
        begin_level(draft, level, e)
        return self.loop

    # ---- envelopes -------------------------------------------------------------------------------------------------

    def _envelope(self, e: list[str], n: int) -> Loop:
        tag, envelopes = e[0], self.envelopes
        if envelopes.missing(tag):
            self._cut_off(tag, n)
        elif tag == "SE":
            if envelopes.set is None and self.passing:
                return self._outside()  # its ST is missing, which has been said
            self._end_claim(n - 1)
            self._close_levels(0, n)
        if tag in ("GS", "GE", "IEA"):
            self._close_group(n)
        for fault in envelopes.close(e, n, self.blank) if tag in _TRAILERS else envelopes.open(e, n):
            self.problems.report(fault, n)
        if tag == "GS" and envelopes.group is not None:
            self._begin_group(envelopes.group, e[1], n)
        if tag == "ST" and envelopes.group is not None:
            return self._begin_set(envelopes.group, e, n)
        return self._outside()

    def _begin_group(self, group: Envelope, kind: str, n: int) -> None:
        if group.version not in GUIDES:
            group.refusal = refusal("837", group.version) if kind == "HC" else group_refusal(kind)
            group.refusal.segment = n
        elif kind != "HC":
            message = "GS01 is not HC, the code of a group of claims"
            self.problems.report(Fault("x12.unknown-qualifier", message, "send HC in GS01", segment=n), n)

    def _begin_set(self, group: Envelope, e: list[str], n: int) -> Loop:
        kind, number, stated = e[1], e[2].strip(), e[3].strip()
        implementation = stated or group.version
        guide = GUIDES.get(implementation) if kind == "837" else None
        told = group.refusal is not None and group.refusal.reported
        if guide is None:
            if not told:
                self.problems.report(refusal(kind, implementation), n)
            self.envelopes.refused()
            return self._pass_over()
        if not told and group.control is not None and GUIDES.get(group.version) is not guide:
            message = f"GS08 ({stated_version(group.version)}) and ST03 ({implementation}) name different guides"
            group.refusal = Fault("x12.version", message, "send the same in both", segment=n)
            self.problems.report(group.refusal, n)
        interchange = self.envelopes.interchange
        self.guide = guide
        self.passing = False
        self.blank = 0
        self.draft = Draft(
            guide=guide,
            input=self.input,
            interchange=interchange.control if interchange is not None else None,
            transaction_set=number,
            set_segment=n,
            stated_component=self.component,
        )
        self.loop = guide.header
        return self.loop

    # ---- ends and faults -------------------------------------------------------------------------------------------

    def _outside(self) -> Loop:
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
            self.problems.holding = True
        except Fault as fault:
            self.problems.report(fault, last, self._open_claim())
        finally:
            draft.claim = draft.line = None

    def _close_levels(self, level: int, n: int) -> None:
        """Forget the faults of this level and those below it; one that cost no claim is named now."""
        faults = self.draft.faults
        for each in [each for each in faults if each >= level]:
            fault = faults.pop(each)
            if not fault.reported:
                self.problems.report(fault, n)

    def _close_group(self, n: int) -> None:
        """A group that no transaction set has spoken for says itself why it is not read."""
        group = self.envelopes.group
        if group is not None and group.refusal is not None and not group.parts and not group.refusal.reported:
            self.envelopes.refused()
            self.problems.report(group.refusal, n)

    def _cut_off(self, before: str, n: int) -> None:
        """What is still open where it cannot be. The last claim of a transaction set may lack lines, and is not read."""
        missing = self.envelopes.missing(before)
        claim = self._open_claim()
        self.draft.claim = None
        if self.guide is not None:
            self._close_levels(0, n)
        if not before:
            self._close_group(n)
        if missing:
            what = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
            verb = "are" if missing[1:] else "is"
            message = f"{what} {verb} missing before this {before}" if before else f"the input ends without {what}"
            lost = ", and the last claim may lack lines" if claim else ""
            remedy = "send whole transaction sets in whole envelopes"
            self.problems.report(Fault(f"x12.missing-{missing[0].lower()}", message + lost, remedy), n, claim)
        if before in ("ISA", "GS", ""):
            self.envelopes.group = None
        if before in ("ISA", ""):
            self.envelopes.interchange = None
        self.envelopes.set = None
        self._outside()

    def _gap(self, fault: Fault) -> None:
        """Bytes that are no segments: all that was open ends here."""
        claim, n = self._open_claim(), fault.segment or 0
        self.draft.claim = None
        if self.guide is not None:
            self._close_levels(0, n)
        self.problems.report(fault, n, claim)
        self.envelopes = Envelopes()
        self._outside()

    def _fault(self, fault: Fault, n: int) -> None:
        fault.segment = fault.segment or n
        draft = self.draft
        if self.guide is None or not draft.level:
            self._pass_over()  # what follows belongs to the same damage, until an envelope or the first HL
            self.problems.report(fault, n)
        elif draft.claim is not None:
            claim = self._open_claim()
            draft.claim = draft.line = None
            if fault.code == "x12.unexpected-segment":
                draft.faults[draft.level] = fault  # it may have been the HL of the claims that follow
            self._pass_over()
            self.problems.report(fault, n, claim)
        else:
            draft.faults.setdefault(draft.level, fault)
            self._pass_over()  # every claim below is lost, whatever else this level says


_TRAILERS = ("SE", "GE", "IEA")
