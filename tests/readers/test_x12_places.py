"""A place that the catalogue of fields gives is where the value stands: segment, qualifier and element."""

from __future__ import annotations

import pytest
from test_read_837i import SAMPLE
from x12_samples import SEGMENTS, read

from cpt_rules.fields import FIELDS
from cpt_rules.finding import location
from cpt_rules.reading import View, stored


@pytest.mark.parametrize(("segments", "fields"), [(SEGMENTS, 65), (SAMPLE, 60)], ids=["837P", "837I"])
def test_the_catalogue_and_the_reader_name_the_same_segment_and_element(segments, fields):
    claim = read(segments)[0][0]
    assert claim.origin is not None
    found = {**claim.origin.claim_segments, **claim.origin.line_segments[1], **claim.origin.line_segments[0]}
    placed = sorted(found.keys() & FIELDS.keys())
    for name in placed:
        loop, element, qualifier = location(name, claim)
        segment = segments[found[name] - 1]
        assert loop
        assert element
        elements = segment.split("*")
        assert element.startswith(elements[0]), (name, segment)
        place = int(element.removeprefix(elements[0]).partition("-")[0])
        assert elements[place], (name, segment)
        assert not qualifier or qualifier in segment.replace(":", "*").split("*"), (name, segment)
    assert len(placed) >= fields


def test_effective_values_of_an_institutional_claim_are_those_that_stand_there():
    (claim,) = read(SAMPLE)[0]
    assert claim.statement_from is not None
    view = View(claim, claim.statement_from)
    assert FIELDS["line.date"].read(view, claim.lines[1]) == claim.statement_from
    assert FIELDS["claim.facility_type"].read(view, None) == "13"
    assert stored(claim, None, "attending.taxonomy") == "207R00000X"
