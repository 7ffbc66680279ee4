"""What an input is, told by its content; archives, and limits against hostile ones."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import time
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from x12_samples import SEGMENTS, joined

from cpt_rules.claim import Claim
from cpt_rules.readers import InputError, InputProblem, read_claims

CLAIM = {"id": "J", "type": "professional", "lines": [{"number": 1, "code": "86329", "date": "2026-01-05"}]}
CSV = "claim.id,claim.type,line.code,line.date\nC,professional,86329,2026-01-05\n"
FHIR = {
    "resourceType": "Claim",
    "identifier": [{"value": "F"}],
    "status": "active",
    "use": "claim",
    "type": {"coding": [{"code": "professional"}]},
    "patient": {"display": "x"},
    "created": "2026-01-05",
    "provider": {"display": "x"},
    "priority": {"coding": [{"code": "normal"}]},
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "x"}}],
    "item": [{"sequence": 1, "productOrService": {"coding": [{"code": "86329"}]}, "servicedDate": "2026-01-05"}],
}


def parquet() -> bytes:
    out = io.BytesIO()
    columns = {"claim.id": ["P"], "claim.type": ["professional"], "line.code": ["86329"], "line.date": ["2026-01-05"]}
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def bundle(*resources: object) -> bytes:
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}).encode()


INPUTS = {
    "x12": (joined(SEGMENTS), "837P", ["PCN-1001", "PCN-1002"]),
    "x12 without line ends": (joined(SEGMENTS, line_end=""), "837P", ["PCN-1001", "PCN-1002"]),
    "json": (json.dumps(CLAIM, indent=1).encode(), "json", ["J"]),
    "json array": (json.dumps([CLAIM, CLAIM]).encode(), "json", ["J", "J"]),
    "jsonl": ((json.dumps(CLAIM) + "\n").encode() * 2, "jsonl", ["J", "J"]),
    "fhir": (json.dumps(FHIR, indent=1).encode(), "fhir", ["F"]),
    "fhir on one line": (json.dumps(FHIR).encode(), "fhir", ["F"]),
    "fhir, its type last": (json.dumps(dict(reversed(FHIR.items()))).encode(), "fhir", ["F"]),
    "fhir bundle": (bundle(FHIR, FHIR), "fhir", ["F", "F"]),
    "fhir array": (json.dumps([FHIR]).encode(), "fhir", ["F"]),
    "ndjson": ((json.dumps(FHIR) + "\n").encode() * 2, "fhir", ["F", "F"]),
    "csv": (CSV.encode(), "csv", ["C"]),
    "csv with a mark": (b"\xef\xbb\xbf" + CSV.encode(), "csv", ["C"]),
    "csv with semicolons": (CSV.replace(",", ";").encode(), "csv", ["C"]),
    "csv in utf-16": (CSV.encode("utf-16"), "csv", ["C"]),
    "parquet": (parquet(), "parquet", ["P"]),
}


def read(data: bytes, **options: object) -> tuple[list[Claim], list[str]]:
    stream = io.BytesIO(data)
    stream.name = "in"
    problems: list[InputProblem] = []
    claims = list(read_claims(stream, on_problem=problems.append, **options))
    return claims, [f"{each.code} {each}" for each in problems]


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("name", INPUTS)
def test_each_format_is_told_by_its_content(name):
    data, format, ids = INPUTS[name]
    claims, problems = read(data)
    assert problems == []
    assert [(claim.id, claim.origin.format) for claim in claims if claim.origin] == [(id, format) for id in ids]
    if not name.startswith(("csv in", "parquet")):
        assert read(b"\n \r\n" + data if name != "csv with a mark" else data) == (claims, [])


@pytest.mark.parametrize("name", INPUTS)
def test_each_format_is_read_packed_from_files_and_from_streams_that_cannot_go_back(name, tmp_path):
    data, _, _ = INPUTS[name]
    plain = read(data)[0]
    for packed in (gzip.compress(data), gzip.compress(data[:50]) + gzip.compress(data[50:]) + b"\0" * 9):
        assert read(packed) == (plain, [])
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = zipped({"a/claims": data, "__MACOSX/a/._claims": b"\0", "b/": b""}, method)
        claims, problems = read(archive)
        assert (claims, problems) == (plain, [])
        assert {claim.origin.input for claim in claims if claim.origin} == {"in/a/claims"}
        path = tmp_path / "claims.zip"
        path.write_bytes(archive)
        assert list(read_claims(path)) == plain
        assert list(read_claims(OneWay(archive))) == plain
    assert list(read_claims(OneWay(data))) == plain


class OneWay(io.RawIOBase):
    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.data.read(min(size, 700))


KNOWN = "X12 begins with ISA, JSON and FHIR with { or [, Parquet with PAR1, CSV with a header line; or state the format"
REFUSED = [
    (b"", "input.empty in: is empty; name a file that holds claims"),
    (b" \r\n\t", "input.empty in: is empty; name a file that holds claims"),
    (b"dear payer,\nplease pay\n", f"input.unknown-format in: is neither X12, JSON, FHIR, CSV nor Parquet; {KNOWN}"),
    (bytes(range(1, 256)), f"input.unknown-format in: is neither X12, JSON, FHIR, CSV nor Parquet; {KNOWN}"),
    (b'<?xml version="1.0"?><Claim/>', "input.xml in: is XML, which is not read; send FHIR as JSON, other claims as 837, JSON or CSV"),
    (b"\xef\xbb\xbf\n<Bundle>", "input.xml in: is XML, which is not read; send FHIR as JSON, other claims as 837, JSON or CSV"),
    ("<Bundle>".encode("utf-16"), "input.xml in: is XML, which is not read; send FHIR as JSON, other claims as 837, JSON or CSV"),
    (json.dumps(CLAIM).encode("utf-16"), "input.encoding in: is UTF-16 or UTF-32 text; save it as UTF-8"),
    (CSV.encode("utf-32"), "input.encoding in: is UTF-32 text; save it as UTF-8"),
    (gzip.compress(gzip.compress(b"x")), "input.nested in: is an archive in an archive; unpack it once"),
    (gzip.compress(zipped({"a": b"x"})), "input.nested in: is an archive in an archive; unpack it once"),
    (gzip.compress(CSV.encode())[:-9], "gzip.truncated in: ends in the middle of its packed data; send the whole file"),
    (gzip.compress(CSV.encode())[:-4] + b"\0\0\0\0", "gzip.damaged in: does not unpack as gzip; send the file anew"),
    (gzip.compress(b""), "input.empty in: is empty; name a file that holds claims"),
    (b"\x1f\x8bnot gzip", "gzip.damaged in: does not unpack as gzip; send the file anew"),
    (b"PK\x03\x04not zip", "zip.damaged in: does not unpack as zip; send the file anew"),
    (zipped({}), "input.empty in: is an archive without files; name a file that holds claims"),
    (zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}), "input.workbook in: is an Office document; save the sheet as CSV, in UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_read_is_one_problem(data, message):
    claims, problems = read(data)
    assert problems == [message]
    assert [claim.id for claim in claims] in ([], ["C"])  # a checksum is wrong at the end, behind the claims


MEMBERS = [
    ({"a": gzip.compress(b"x")}, "input.nested in/a: is an archive in an archive; unpack it once"),
    ({"a": zipped({"b": b"x"})}, "input.nested in/a: is an archive in an archive; unpack it once"),
    ({"a": b"<x/>"}, "input.xml in/a: is XML, which is not read; send FHIR as JSON, other claims as 837, JSON or CSV"),
    ({"a": b""}, "input.empty in/a: is empty; name a file that holds claims"),
    ({"a\nb\x1b[31m": b"<x/>"}, "input.xml in/a\\x0ab\\x1b[31m: is XML, which is not read; send FHIR as JSON, other claims as 837, JSON or CSV"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "message"), MEMBERS, ids=range(len(MEMBERS)))
def test_a_member_that_is_not_read_does_not_stop_the_others(members, message):
    claims, problems = read(zipped({**members, "z.csv": CSV.encode()}))
    assert problems == [message]
    assert [claim.id for claim in claims] == ["C"]


def test_an_encrypted_member_and_one_packed_in_another_way_are_refused():
    data = bytearray(zipped({"a": CSV.encode()}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert read(bytes(data)) == ([], ["zip.encrypted in/a: is encrypted; unpack it with its password"])
    assert read(zipped({"a": CSV.encode()}, zipfile.ZIP_BZIP2)) == (
        [],
        ["zip.method in/a: is packed in a way that is not read; pack it with deflate, the usual way of zip"],
    )


def test_a_member_with_a_wrong_checksum_is_damaged():
    data = bytearray(zipped({"a": CSV.encode()}, zipfile.ZIP_STORED))
    data[data.index(b"86329")] = ord("9")
    _, problems = read(bytes(data))
    assert problems == ["zip.damaged in/a: does not unpack as zip; send the file anew"]


# ---- limits --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.unpack.FREE", 1 << 20)
    monkeypatch.setattr("cpt_rules.readers.unpack.GROWTH", 100)


def bomb(size: int = 1 << 24) -> bytes:
    return CSV.encode() + b"\n" * size


def test_a_bomb_is_refused_while_it_unpacks(small_limits):
    message = "unpacks to more than 100 times its size; unpack it yourself, if you trust where it comes from"
    _, problems = read(gzip.compress(bomb()))
    assert problems == [f"input.bomb in: {message}"]
    _, problems = read(zipped({"a": bomb()}))
    assert problems == [f"input.bomb in/a: {message}"]


def test_members_that_share_their_bytes_count_together(small_limits):
    """A list of members may name the same packed bytes over and over; growth is that of the archive as a whole."""
    one = zipped({"a": CSV.encode() + b"\n" * (1 << 19)})
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[start:end]
    count = 50
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    _, problems = read(one[:start] + entry * count + tail)
    assert problems
    assert {each.split()[0] for each in problems} <= {"input.bomb", "zip.damaged"}


def test_text_that_packs_well_is_read(small_limits):
    numbers = random.Random(1)
    rows = "".join(f"{n},professional,{numbers.randrange(10000, 99999)},2026-01-05\n" for n in range(50_000))
    data = CSV.encode() + rows.encode()
    claims, problems = read(gzip.compress(data))
    assert (len(claims), problems) == (50_001, [])


def test_a_list_of_members_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.unpack.MEMBERS", 3)
    _, problems = read(zipped({str(n): CSV.encode() for n in range(4)}))
    assert problems == ["zip.too-many in: holds more than 3 files; send smaller archives"]


@pytest.mark.parametrize("format", ["auto", "x12", "json", "jsonl", "fhir", "csv"])
@pytest.mark.parametrize(
    "start", [b"", b"{", b"[", b"ISA*", CSV.encode(), b'claim.id,claim.type\n"', b'{"resourceType": "']
)
def test_a_line_without_end_takes_neither_time_nor_memory(start, format):
    """64 MB of the same bytes, a chunk at a time."""

    class Endless(io.RawIOBase):
        left = 1024

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return (start if self.left == 1023 else b"x" * 65536) if self.left >= 0 else b""

    problems: list[InputProblem] = []
    tracemalloc.start()
    begun = time.process_time()
    list(read_claims(Endless(), format=format, on_problem=problems.append))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problems
    assert peak < 300 << 20
    assert time.process_time() - begun < 60


def test_a_json_document_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.source.LARGEST_WHOLE", 1 << 20)
    _, problems = read(b"[" + b" " * (1 << 21) + b"]")
    assert problems == ["input.too-large in: a JSON document exceeds 1 MiB; send one record a line"]


def test_a_pipe_that_would_fill_the_disk_is_refused(monkeypatch):
    monkeypatch.setattr("cpt_rules.readers.source.LARGEST_SPOOLED", 100)
    problems: list[InputProblem] = []
    list(read_claims(OneWay(parquet()), on_problem=problems.append))
    assert [each.code for each in problems] == ["input.too-large"]


def test_a_directory_and_a_file_that_is_not_there_are_named(tmp_path):
    with pytest.raises(InputError, match="is a directory; name the files in it"):
        list(read_claims(tmp_path))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_claims(tmp_path / "none.zip"))


def test_standard_input_that_is_closed_is_a_problem(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError) as caught:
        list(read_claims("-"))
    assert caught.value.problem.code == "input.not-readable"
    assert str(caught.value) == "-: cannot be read (it is closed); send the claims to standard input"


@pytest.mark.parametrize(
    ("name", "shown"), [("a\nb: claim 1.837", r"a\nb: claim 1.837"), ("\udcff", r"\udcff"), ("", "''")]
)
def test_a_problem_is_one_line_whatever_its_input_is_called(name, shown):
    with pytest.raises(InputError) as caught:
        list(read_claims(name))
    assert str(caught.value).startswith(f"{shown}: cannot be read (")
    assert caught.value.problem.input == name
