"""Error messages of the composer, which name the affected place in the composition."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_faas.composer.nodes import SHAPES
from jupyter_faas.errors import CompositionError

PART_HINT = (
    'Turn an inner part into a composition that is deployed separately: composition("part", …).'
)


@dataclass(frozen=True)
class Place:
    """The place of an error in a composition.

    ``path`` is the path of a node, and ``type`` is the node's type. ``step`` selects a component
    (``[1]``) or an argument (``.test``) of the node, or is empty for the node itself.
    """

    type: str
    step: str = ""
    path: str = ""

    @property
    def label(self) -> str:
        """The full path of the place, such as ``root[4].test``."""
        return f"root{self.path}{self.step}"

    @property
    def part(self) -> str:
        """The place in words, such as ``component 1 of sequence`` or ``test of when``."""
        # Users know the Python name (``when``), not the type in the tree (``if``).
        word = SHAPES[self.type].word if self.type in SHAPES else self.type
        if self.step.startswith("["):
            return f"component {self.step[1:-1]} of {word}"
        return f"{self.step[1:]} of {word}" if self.step else word

    def error(self, what: str, *, hint: str = "") -> CompositionError:
        """Return an error whose message starts with the place: ``root[1], component 1 of …``."""
        return CompositionError(f"{self.label}, {self.part}: {what}", hint=hint)


def shown(value: object, most: int = 60) -> str:
    """Return the ``repr`` of a value on one line, truncated to ``most`` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kind_of(value: object) -> str:
    """Return the name of a value's type with an article, such as ``a list`` or ``an int``."""
    kind = type(value)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__.partition('.')[0]}.{name}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
