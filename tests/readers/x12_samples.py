"""A professional interchange of invented people, and helpers to change it."""

from __future__ import annotations

import io

from cpt_rules import readers
from cpt_rules.claim import Claim
from cpt_rules.readers import InputProblem

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260106*1200*^*00501*000000907*0*T*:"

#: One claim of a subscriber, one of a dependent with coordination of benefits; segment numbers start at 1.
SEGMENTS = f"""\
{ISA}
GS*HC*SENDER*RECEIVER*20260106*1200*1*X*005010X222A1
ST*837*0021*005010X222A1
BHT*0019*00*0123*20260106*1023*CH
NM1*41*2*BILLING SERVICE*****46*12EEER
PER*IC*DESK*TE*3055552222
NM1*40*2*RECEIVER*****46*567890
HL*1**20*1
PRV*BI*PXC*291U00000X
NM1*85*2*ACORN LABORATORY*****XX*1234567893
N3*1 OAK STREET
N4*LOS ANGELES*CA*900010000
REF*EI*123456789
NM1*87*2
N3*2 OAK STREET
N4*RENO*NV*895010000
HL*2*1*22*0
SBR*P*18*******MB
PAT*****D8*20260103
NM1*IL*1*QUILL*ADA****MI*1EG4TE5MK73
N3*3 ELM STREET
N4*LOS ANGELES*CA*90002
DMG*D8*19790302*F
NM1*PR*2*MEDICARE PART B*****PI*01182
N4*SACRAMENTO*CA*94203
CLM*PCN-1001*75.5***81:B:7*Y*A*Y*Y**AA:::CA
DTP*435*D8*20260101
DTP*096*D8*20260104
REF*G1*AUTH1
REF*9F*RF1
REF*F8*ICN1
REF*X4*05D0123456
CRC*75*Y*IH
HI*ABK:D801*ABF:D839
HI*BG:A1*BG:A2
HI*BP:00142
NM1*DN*1*REED*A****XX*1993999998
REF*X4*99D9999999
NM1*82*1*ROE*B****XX*1003000126
PRV*PE*PXC*207L00000X
NM1*77*2*ELM HOSPITAL*****XX*1003000118
N3*4 ELM STREET
N4*RENO*NV*89501
NM1*DQ*1*SUPER*C****XX*1003000134
LX*1
SV1*HC:86329:90:59:KX:GA:SEMI-QUANTITATIVE*25.00*UN*2***1:2
DTP*472*D8*20260105
REF*6R*L-1
REF*X4*05D1111111
REF*F4*05D7654321
PS1*PUR1*10
LIN**N4*00004196501
CTP****1*UN
REF*XZ*RX1
NM1*82*1*LINE*D****XX*1003000142
PRV*PE*PXC*208D00000X
NM1*77*2*LINE SITE*****XX*1003000159
N4*RENO*NV*89501
NM1*DK*1*ORDER*E****XX*1003000167
NM1*DN*1*REFER*F****XX*1003000175
LX*2
SV1*HC:36415*50.5*UN*1*11**1
DTP*472*RD8*20260105-20260106
HL*3*1*22*1
SBR*S********CI
NM1*IL*1*OAKS*BEN****MI*M-2
DMG*D8*19500101*M
NM1*PR*2*ASPEN HEALTH*****XV*567890
HL*4*3*23*0
PAT*19
NM1*QC*1*OAKS*CIA
DMG*D8*20150501*U
CLM*PCN-1002*12***11:B:1*Y*A*Y*Y
HI*BK:4779*BF:E8859
SBR*P*01*******12
CAS*PR*1*21.89
AMT*D*39.15
OI***Y*P**Y
NM1*IL*1*OAKS*DEE****MI*OTHER-9
NM1*PR*2*BIRCH INSURANCE*****PI*999996666
N4*AUSTIN*TX*78701
DTP*573*D8*20260104
REF*G1*OTHER-AUTH
REF*F8*OTHER-ICN
NM1*82*1
LX*1
SV1*HC:99213*12*UN*1***1
DTP*472*D8*20260105
SVD*999996666*40*HC:99213**1
CAS*CO*42*3
DTP*573*D8*20260115
LQ*UT*02
FRM*1*Y
SE*92*0021
GE*1*1
IEA*1*000000907
""".splitlines()


def joined(segments: list[str], *, delimiters: str = "*:^~", line_end: str = "\n") -> bytes:
    """The segments with other delimiters (element, component, repetition, segment terminator)."""
    table = str.maketrans("*:^", delimiters[:3])
    return "".join(each.translate(table) + delimiters[3] + line_end for each in segments).encode()


def changed(old: str, *new: str) -> list[str]:
    """The sample with each segment `old` replaced by none, one or several; the counts are those of the result."""
    assert old in SEGMENTS
    return recounted([segment for each in SEGMENTS for segment in (new if each == old else (each,))])


def recounted(segments: list[str]) -> list[str]:
    """The same with the counts of SE01, GE01 and IEA01 as they are."""
    found, start, sets, groups = list(segments), 0, 0, 0
    for place, segment in enumerate(found):
        tag, _, rest = segment.partition("*")
        if tag in ("SE", "GE", "IEA"):
            count = {"SE": place - start + 1, "GE": sets, "IEA": groups}[tag]
            found[place] = f"{tag}*{count}*{rest.partition('*')[2]}"
        start = place if tag == "ST" else start
        sets = 0 if tag == "GS" else sets + (tag == "ST")
        groups = 0 if tag == "ISA" else groups + (tag == "GS")
    return found


def read(data: bytes | list[str], **options: str) -> tuple[list[Claim], list[InputProblem]]:
    content = joined(data) if isinstance(data, list) else data
    problems: list[InputProblem] = []
    stream = io.BytesIO(content)
    stream.name = "in.837"
    return list(readers.read_claims(stream, on_problem=problems.append, **options)), problems


def number(segment: str, occurrence: int = 1) -> int:
    """The number of a segment of the sample."""
    return [place for place, each in enumerate(SEGMENTS, 1) if each == segment][occurrence - 1]
