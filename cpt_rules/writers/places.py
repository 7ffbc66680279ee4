"""Where a finding points to, as JSON, from pieces that are kept: loop, element and qualifier of each field."""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring as quoted

from attrs import define, field

from cpt_rules.claim import Claim, Origin
from cpt_rules.fields import FIELDS
from cpt_rules.finding import Finding, location, where

_MOST = 4096
_NOWHERE: Mapping[str, int] = {}
#: A field, the claim's type, the format it was read from.
_Key = tuple[str, str, str | None]


@define
class Places:
    """Puts the places of findings together."""

    _paths: dict[str, tuple[tuple[bool, str, str], ...] | None] = field(factory=dict, init=False)
    _locations: dict[_Key, str] = field(factory=dict, init=False)
    _files: dict[str, str] = field(factory=dict, init=False)
    _origin: Origin | None = field(default=None, init=False)
    _lines: dict[int, Mapping[str, int]] = field(factory=dict, init=False)

    def place(self, finding: Finding, claim: Claim) -> str:
        """`where_record(where(finding, claim))` as JSON; a test holds the two together."""
        origin = claim.origin
        if origin is None:
            return "null"
        name = finding.rule.at
        paths = self._paths.get(name, ())
        if not paths:
            paths = self._stored(name)
        if paths is None:
            return self._plainly(finding, claim)
        in_line = self._line(origin, finding.index)
        of_claim = origin.claim_segments.get
        for is_line, path, located in paths:
            segment = in_line.get(path) if is_line else of_claim(path)
            if segment is not None:
                return f"{self._file(origin.input)}{segment}{self._located(located, claim)}}}"
        under = in_line.get("line") or of_claim("claim")
        if under is None:
            return self._plainly(finding, claim)
        return f'{self._file(origin.input)}{under}{self._located(paths[-1][2], claim)}, "absent": true}}'

    def _line(self, origin: Origin, index: int | None) -> Mapping[str, int]:
        """The segments of a line; those of the claim in hand are kept, for readers put them together when asked."""
        if index is None:
            return _NOWHERE
        if self._origin is not origin:
            self._origin, self._lines = origin, {}
        found = self._lines.get(index)
        if found is None:
            of_lines = origin.line_segments
            found = self._lines[index] = of_lines[index] if index < len(of_lines) else _NOWHERE
        return found

    def _stored(self, name: str) -> tuple[tuple[bool, str, str], ...] | None:
        """The paths that a field may stand at, and whose location says so; None for what is no field."""
        if len(self._paths) >= _MOST:
            self._paths.clear()
        plain = f"line.{name[2:]}" if name.startswith(("a.", "b.")) else name
        known = FIELDS.get(plain)
        found = None
        if known is not None:
            paths = (*known.paths, plain)
            found = tuple((path.startswith("line."), path, path if path in FIELDS else plain) for path in paths)
        self._paths[name] = found
        return found

    def _located(self, name: str, claim: Claim) -> str:
        form = None if claim.origin is None else claim.origin.format
        key = (name, claim.type, form)
        text = self._locations.get(key)
        if text is None:
            if len(self._locations) >= _MOST:
                self._locations.clear()
            text = self._locations[key] = _tail(location(name, claim))
        return text

    def _file(self, input: str) -> str:
        text = self._files.get(input)
        if text is None:
            if len(self._files) >= _MOST:
                self._files.clear()
            text = self._files[input] = f'{{"file": {quoted(input)}, "segment": '
        return text

    def _plainly(self, finding: Finding, claim: Claim) -> str:
        place = where(finding, claim)
        if place is None:
            return "null"
        segment = "null" if place.segment is None else str(place.segment)
        absent = ', "absent": true' if place.absent else ""
        return f"{self._file(place.file)}{segment}{_tail((place.loop, place.element, place.qualifier))}{absent}}}"


def _tail(place: tuple[str | None, str | None, str | None]) -> str:
    loop, element, qualifier = ("null" if each is None else quoted(each) for each in place)
    return f', "loop": {loop}, "element": {element}, "qualifier": {qualifier}'
