"""Names of a package that are imported when they are asked for, so that a run imports what it uses and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: dict[str, Any], modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """The `__getattr__` of a package. `package`: its `globals()`; `modules`: module below it → the names it defines."""
    module_of = {name: module for module, names in modules.items() for name in names}

    def get(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package['__name__']}.{module_of[name]}"), name)
        package[name] = found
        return found

    return get
