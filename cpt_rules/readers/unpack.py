"""Inputs packed with gzip or zip: unpacked while they stream, within limits; archives in archives are refused.

A bomb is told by how much it grows, counted while it is unpacked and never taken from what the archive says of itself.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from cpt_rules.readers.problem import Fault, InputProblem, OnProblem, shown
from cpt_rules.readers.source import CHUNK, Read, Source, begun, reading, seekable

GROWTH = 500  # unpacked bytes for each packed byte; text of claims grows 10 to 50 times
FREE = 1 << 28  # up to here growth is not looked at
MEMBERS = 10_000
DIRECTORY = 1 << 22  # bytes of the list of members

GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, OverflowError)


def unpacked(source: Source, on_problem: OnProblem) -> Iterator[Source]:
    """The source itself, or what is packed in it: one input, or each member of a zip by the name ``archive/member``.

    A member that cannot be read is a problem and does not stop the others.
    """
    head, read = begun(source.read, 4)
    if head.startswith(GZIP):
        yield from _single(Source(source.name, _gunzipped(read)))
    elif head.startswith(ZIP):
        with seekable(Source(source.name, read, source.file), "a zip archive") as file:
            yield from _members(file, source.name, on_problem)
    else:
        yield Source(source.name, read, source.file)


def _single(packed: Source) -> Iterator[Source]:
    head, read = begun(packed.read, 4)
    if head.startswith((GZIP, *ZIP)):
        raise Fault("input.nested", "is an archive in an archive", "unpack it once")
    yield Source(packed.name, read)


# ---- gzip ----------------------------------------------------------------------------------------------------------


def _gunzipped(read: Read) -> Read:
    """The content of one gzip member after the other. Raises `Fault` for a bomb, damage and a cut-off end."""
    meter = _Meter()
    state: Any = zlib.decompressobj(wbits=31)
    rest = b""

    def chunk() -> bytes:
        nonlocal state, rest
        while True:
            if not rest:
                rest = read()
                meter.packed += len(rest)
                if not rest:
                    if state is not None:
                        raise Fault("gzip.truncated", "ends in the middle of its packed data", "send the whole file")
                    return b""
            if state is None:
                rest = rest.lstrip(b"\0")  # padding between members
                if not rest:
                    continue
                state = zlib.decompressobj(wbits=31)
            try:
                data = state.decompress(rest, CHUNK)
            except zlib.error:
                raise Fault("gzip.damaged", "does not unpack as gzip", "send the file anew") from None
            rest = state.unconsumed_tail
            if state.eof:
                rest = state.unused_data
                state = None
            if data:
                return meter.counted(data)

    return chunk


class _Meter:
    """How much went in and came out."""

    def __init__(self, packed: int = 0) -> None:
        self.packed = packed
        self.unpacked = 0

    def counted(self, data: bytes) -> bytes:
        self.unpacked += len(data)
        if self.unpacked > FREE and self.unpacked > GROWTH * self.packed:
            raise Fault(
                "input.bomb",
                f"unpacks to more than {GROWTH} times its size",
                "unpack it yourself, if you trust where it comes from",
            )
        return data


# ---- zip -----------------------------------------------------------------------------------------------------------


def _members(file: IO[bytes], name: str, on_problem: OnProblem) -> Iterator[Source]:
    meter = _Meter(_checked_size(file))
    try:
        archive = zipfile.ZipFile(file)
    except (*_BROKEN, NotImplementedError):
        raise _damaged() from None
    with archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
        if not members:
            raise Fault("input.empty", "is an archive without files", "name a file that holds claims")
        names = {each.filename for each in members}
        if "[Content_Types].xml" in names:
            raise Fault("input.workbook", "is an Office document", "save the sheet as CSV, in UTF-8")
        for member in members:
            if member.filename.startswith("__MACOSX/"):
                continue  # what macOS keeps beside each file
            called = f"{name}/{shown(member.filename, 200)}"
            try:
                _refuse(member)
                with _opened(archive, member) as stream:
                    yield from _single(Source(called, _unzipped(stream, meter)))
            except Fault as fault:
                on_problem(InputProblem(fault.code, fault.message, called, fault.remedy))


def _checked_size(file: IO[bytes]) -> int:
    """The size of the archive. Raises `Fault` where its list of members would fill the memory."""
    try:
        size = file.seek(0, 2)
        start = max(0, size - (1 << 16) - 64)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0:
            raise _damaged()
        entries, directory = struct.unpack_from("<HI", tail, at + 10)
        if tail[at - 20 : at - 16] == b"PK\x06\x07" and at >= 20:
            file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
            entries, directory = struct.unpack_from("<QQ", file.read(56), 32)
        file.seek(0)
    except _BROKEN:
        raise _damaged() from None
    if entries > MEMBERS or directory > DIRECTORY:
        raise Fault("zip.too-many", f"holds more than {MEMBERS} files", "send smaller archives")
    return size


def _refuse(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x41:
        raise Fault("zip.encrypted", "is encrypted", "unpack it with its password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Fault("zip.method", "is packed in a way that is not read", "pack it with deflate, the usual way of zip")


def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(member)
    except (*_BROKEN, NotImplementedError, KeyError):
        raise _damaged() from None


def _unzipped(stream: IO[bytes], meter: _Meter) -> Read:
    read = reading(stream)

    def chunk() -> bytes:
        try:
            return meter.counted(read())
        except _BROKEN:
            raise _damaged() from None
        except Fault as fault:
            raise (_damaged() if fault.code == "input.not-readable" else fault) from None

    return chunk


def _damaged() -> Fault:
    return Fault("zip.damaged", "does not unpack as zip", "send the file anew")
