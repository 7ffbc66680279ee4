"""What is recorded of an imported edition, as a JSON file beside its data."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from cpt_rules.tables.layout import BY_TABLE


class TableError(Exception):
    """A table that cannot be used: which file, what is wrong, what to do. One line."""

    def __init__(self, message: str) -> None:
        super().__init__(message.replace("\n", "\\n").replace("\r", "\\r"))  # the name of a file may hold anything


def cannot_be_read(path: Path, error: OSError | ValueError, do: str) -> TableError:
    """What to raise for a file or folder that the system does not let us read; `do` is the remedy but for lack of rights."""
    reason = (error.strerror if isinstance(error, OSError) else None) or "its name is no path"
    if isinstance(error, PermissionError):
        do = "give this user the right to read it"
    return TableError(f"{path}: cannot be read ({reason}); {do}")


@frozen
class Manifest:
    """One edition. Dates are inclusive; `inputs` are (file name, sha256) of what was imported, in order of name.

    `refused` rows were left out, `folded` ones repeated another row in every column. `places` says where the buffers
    of the data file `file` begin; `size`, `crc32` and `sha256` are of that file. `starter`: not imported, but bundled.
    """

    kind: str
    table: str
    setting: str | None
    edition: str
    publisher: str
    effective_from: dt.date
    effective_to: dt.date
    inputs: tuple[tuple[str, str], ...]
    rows: int
    refused: int
    complete: bool
    importer: int
    folded: int = 0
    file: str | None = None
    size: int = 0
    crc32: int = 0
    sha256: str = ""
    places: Mapping[str, Any] = field(factory=dict, repr=False)
    starter: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the manifest's file holds."""
        made = {name: getattr(self, name) for name in _TYPES}
        return made | {name: made[name].isoformat() for name in ("effective_from", "effective_to")}


#: What is written, and its types in JSON; `starter` is not, for an imported edition is none.
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("kind", "table", "edition", "publisher", "effective_from", "effective_to", "file", "sha256"), str),
    **dict.fromkeys(("rows", "refused", "folded", "importer", "size", "crc32"), int),
    "setting": (str, type(None)),
    "inputs": list,
    "complete": bool,
    "places": dict,
}


def manifest_path(root: Path, table: str, setting: str | None, edition: str) -> Path:
    """Where the manifest of an edition stands in a store."""
    return root / table / (setting or "all") / f"{edition}.json"


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file of a store. Raises `TableError` for anything that is none, or stands in another's place."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if set(data) != set(_TYPES) or data["table"] not in BY_TABLE:
            raise ValueError
        for name, type in _TYPES.items():
            if not isinstance(data[name], type):
                raise ValueError
        data["inputs"] = tuple((str(name), str(digest)) for name, digest in data["inputs"])
        for name in ("effective_from", "effective_to"):
            data[name] = dt.date.fromisoformat(data[name])
        made = Manifest(**data)
        own = manifest_path(path.parents[2], made.table, made.setting, made.edition)
        if own != path or re.fullmatch(r"[0-9A-Za-z-]+\.arrow", data["file"], re.ASCII) is None:
            raise ValueError
        return made
    except OSError as error:
        raise cannot_be_read(path, error, "import the table again") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TableError(f"{path}: not a manifest of this store, or a damaged one; import the table again") from None
