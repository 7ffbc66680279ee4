"""A small ruleset and a few claims for tests of what surrounds the engine: writers, inline tests, command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from attrs import evolve

from cpt_rules import Claim, Engine, Ruleset, claim_from_json
from cpt_rules.claim import Origin
from cpt_rules.finding import Report
from cpt_rules.ruleset.load import load_ruleset

AS_OF = dt.date(2026, 1, 6)

RULES = """\
source: manual
title: The laboratory's manual
publisher: the laboratory
edition: fifth
confidence: high
---
source: guess
title: What a colleague believes
publisher: a colleague
edition: oral
confidence: low
review by: 2025-06-30
---
set: tests
title: Laboratory tests
complete: yes
values: {2020-01-01: [86329, 80047-80053]}
source: manual
---
fact: icd10
title: Diagnosis codes that support the code
type: list of icd10cm
---
profile: 86329
label: gel immunodiffusion
facts:
  icd10: not available
---
profile: 80053
facts:
  icd10: {values: {2020-01-01: [D80.1]}, source: manual}
---
payer: medicare
title: Medicare
ids: ["01182"]
names: [MEDICARE PART B]
filing: [MB]
---
payer: aetna
title: Aetna
ids: ["60054"]
---
edit: code.known
title: A code has a profile
payers: all
require: {line.code in: $set.profiles}
severity: warn
disposition: inform
message: "{line.code} has no profile"
remedy: Add a profile
source: guess
tests:
  - {name: known, given: {line.code: 86329}, expect: pass}
  - {name: other, given: {line.code: 99213}, expect: warn}
---
edit: clia.present
title: A test carries a CLIA number
payers: [medicare]
when: {line.code in: $set.tests}
require: {line.clia: present}
severity: fail
disposition: return
message: "{line.code} needs a CLIA number"
remedy: Send it in 2300 REF*X4
denial: {group: CO, carc: 16, rarc: [MA120], status: ["A6:544"]}
source: manual
formerly: [clia.there]
tests:
  - {name: on the claim, given: {line.code: 86329, claim.clia: 05D0123456}, expect: pass}
  - {name: nowhere, given: {line.code: 86329}, expect: fail}
  - {name: no test, given: {line.code: 99213}, expect: not applicable}
  - {name: another payer, given: {line.code: 86329, claim.payer: aetna}, expect: not checked, missing: [payer.policy]}
---
edit: icd10.supports
title: The diagnosis supports the code
payers: all
when: {line.code in: $set.tests}
require: {line.icd10 any of: $profile.icd10}
severity: warn
disposition: deny
message: "{line.icd10} does not support {line.code}"
remedy: Check the order
after: [clia.present]
source: manual
tests:
  - name: supported
    given: {line.code: 80053, claim.clia: 05D0123456, claim.icd10: [D80.1], line.diagnosis_pointers: [1]}
    expect: pass
  - {name: no diagnosis, given: {line.code: 80053, claim.clia: 05D0123456}, expect: warn}
  - {name: after another edit, given: {line.code: 80053}, expect: silenced}
---
edit: claim.balanced
title: The lines add up to the claim
payers: all
each: claim
when: {claim.charge: present}
require: {claim.charge: $claim.line_charges}
severity: warn
disposition: reject
message: "{claim.charge} is not {claim.line_charges}"
remedy: Correct CLM02
source: manual
tests:
  - {name: equal, given: {claim.charge: 25, line.charge: 25.00, line.code: 86329}, expect: pass}
  - {name: unequal, given: {claim.charge: 25, line.charge: 24, line.code: 86329}, expect: warn}
---
overlay: acme
for: {client: acme}
edits:
  clia.present: {off: yes, reason: they asked for it, source: guess}
tests:
  - {name: off, edit: clia.present, given: {line.code: 86329, client: acme}, expect: not applicable}
"""


def write_rules(folder: Path, text: str = RULES) -> Path:
    """A folder of rulesets that holds the small ruleset."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "small.yaml").write_text(text, encoding="utf-8")
    (rules / "version.txt").write_text("2026.1\n", encoding="utf-8")
    return rules


def small_ruleset(folder: Path) -> Ruleset:
    return load_ruleset(write_rules(folder))


def record(id: str, *codes: str, payer: str = "01182", **more: Any) -> dict[str, Any]:
    """A professional claim as JSON, one line of 25 dollars for each code, all pointing at D80.1."""
    lines = [
        {"number": number, "code": code, "units": "1", "unit_type": "UN", "charge": "25.00", "date": "2026-01-05"}
        | {"diagnosis_pointers": [1]}
        for number, code in enumerate(codes, 1)
    ]
    claim = {"id": id, "type": "professional", "payer": {"id": payer}, "diagnoses": ["D80.1"], "lines": lines}
    return {**claim, **more}


#: Fails, warns, is clean, and cannot be checked.
RECORDS = (
    record("FAILS", "86329", "99213"),
    record("WARNS", "80053", clia="05D0123456", charge="24.00"),
    record("CLEAN", "80053", clia="05D0123456"),
    record("UNCHECKED", "86329", payer="60054", clia="05D0123456"),
)


def write_claims(path: Path, *records: dict[str, Any]) -> Path:
    """A JSONL file of claims."""
    path.write_text("".join(json.dumps(each) + "\n" for each in records or RECORDS), encoding="utf-8")
    return path


def claims() -> tuple[Claim, ...]:
    """The claims of `RECORDS` as if read from the file in.jsonl."""
    read = [claim_from_json(each) for each in RECORDS]
    return tuple(
        evolve(claim, origin=Origin("in.jsonl", number, format="jsonl", segments=(number, number)))
        for number, claim in enumerate(read, 1)
    )


def reports(folder: Path) -> tuple[Report, ...]:
    engine = Engine(small_ruleset(folder), as_of=AS_OF)
    return tuple(engine.scrub(claim) for claim in claims())
