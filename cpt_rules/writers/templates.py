"""Messages with values in them, for writers, who need millions of them."""

from __future__ import annotations

import re
from json.encoder import encode_basestring

from attrs import frozen

from cpt_rules.finding import shown
from cpt_rules.reading import Reading

_NAME = re.compile(r"\{([^{}]+)\}")


@frozen
class Template:
    """A message of an edit, taken apart once: texts, and between them the names in braces."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    plain: str | None  # as JSON, where no value is named

    @classmethod
    def of(cls, template: str) -> Template:
        parts = _NAME.split(template)
        return cls(tuple(parts[::2]), tuple(parts[1::2]), None if len(parts) > 1 else encode_basestring(template))

    def quoted(self, values: tuple[tuple[str, Reading], ...]) -> str:
        """`cpt_rules.finding.render` of the message as a JSON text."""
        if self.plain is not None:
            return self.plain
        out = self.texts[0]
        for wanted, text in zip(self.names, self.texts[1:], strict=True):
            for name, value in values:
                if name == wanted:
                    out += (value if type(value) is str else shown(value)) + text
                    break
            else:
                out += f"{{{wanted}}}{text}"
        return encode_basestring(out)
