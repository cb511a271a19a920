"""Error messages of the composer, with the place in the composition that they refer to."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_faas.composer.nodes import SHAPES
from jupyter_faas.errors import CompositionError

TASK_HINT = (
    "A task is the name of an action, a function or lambda, a packaged function, another "
    "composition, or None for nothing."
)


@dataclass(frozen=True)
class Place:
    """The place of an error: the part ``step`` of the node at ``path``, whose type is ``type``.

    ``step`` is ``[1]`` for a component, ``.test`` for an argument, or empty for the node itself.
    """

    type: str
    step: str = ""
    path: str = ""

    @property
    def label(self) -> str:
        """The path from the root, as text: ``root[4].test``."""
        return f"root{self.path}{self.step}"

    @property
    def part(self) -> str:
        """The part in words: ``component 1 of sequence``, ``test of when``."""
        # Users know the Python name (``when``), not the type in the tree (``if``).
        word = SHAPES[self.type].word if self.type in SHAPES else self.type
        if self.step.startswith("["):
            return f"component {self.step[1:-1]} of {word}"
        return f"{self.step[1:]} of {word}" if self.step else word

    def error(self, what: str, *, hint: str = "") -> CompositionError:
        """Return an error whose message begins with the place: ``root[1], component 1 of …``."""
        return CompositionError(f"{self.label}, {self.part}: {what}", hint=hint)


def shown(value: object, most: int = 60) -> str:
    """Return the ``repr`` of a value on one line, cut to ``most`` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kind_of(value: object) -> str:
    """Return a value's type with an article: ``a list``, ``an int``, ``a pandas.DataFrame``."""
    kind = type(value)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__.partition('.')[0]}.{name}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
