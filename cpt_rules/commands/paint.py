"""The colours of verdicts on a terminal."""

from __future__ import annotations

import click

_STYLES: dict[str, dict[str, object]] = {
    "fail": {"fg": "red", "bold": True},
    "warn": {"fg": "yellow"},
    "bypassed": {"fg": "magenta"},
    "not checked": {"fg": "cyan"},
    "silenced": {"dim": True},
    "pass": {"fg": "green"},
    "clean": {"fg": "green", "bold": True},
    "dim": {"dim": True},
    "bold": {"bold": True},
}


def painted(text: str, style: str) -> str:
    """`text` with the escape codes of a verdict or style; unknown ones leave it as it is."""
    return click.style(text, **_STYLES.get(style, {}))  # type: ignore[arg-type]
