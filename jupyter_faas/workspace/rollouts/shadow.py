"""ShadowReport: the answers of a function and of its shadow to the same inputs, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace import text
from jupyter_faas.workspace.failures import shorten_line
from jupyter_faas.workspace.local.comparison import Comparison, brief, compare
from jupyter_faas.workspace.rollouts.figures import HEAD, RIGHT, VersionFigures

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.workspace.results import ActivationRecord

_UNKNOWN = "not kept"
# This many answers that differ are printed. The JSON has all of them.
_SHOWN = 10


@dataclass(frozen=True)
class ShadowAnswer:
    """The answers to one input: ``then`` of the function, and ``now`` of the shadow.

    ``input`` is None if it is not kept any longer. ``live`` is true for a copy of a call, and false
    for a kept input that was sent again.
    """

    input: KeptInput | None
    then: ActivationRecord
    now: ActivationRecord
    live: bool

    @cached_property
    def comparison(self) -> Comparison:
        if self.then.ok != self.now.ok:
            # The error is the news, and not that the keys of the answer are missing.
            return Comparison("differs", "", _answer(self.then), _answer(self.now))
        return compare(self.then.result, self.now.result)

    @property
    def differs(self) -> bool:
        return self.comparison.likeness == "differs"

    def input_text(self) -> str:
        return _UNKNOWN if self.input is None else brief(dict(self.input.params))

    def to_json(self) -> dict[str, Any]:
        return {
            "input": None if self.input is None else self.input.to_json(),
            "then": {"activation": self.then.id, "ok": self.then.ok, "result": self.then.result},
            "now": {"activation": self.now.id, "ok": self.now.ok, "result": self.now.result},
            "difference": self.comparison.words,
            "live": self.live,
        }


@dataclass(frozen=True)
class ShadowReport:
    """The comparison of a function with its shadow, the latest call first.

    ``redacted``: the number of kept inputs that were not sent again, because a value was redacted.
    ``copies``: whether the target copies later calls, as only the playground does.
    ``has_canary``: whether the function has a canary too, which ``promote`` and ``discard`` end
    before the shadow.
    """

    name: str
    version: str
    shadow: str
    shadow_version: str
    answers: tuple[ShadowAnswer, ...]
    redacted: int = 0
    copies: bool = True
    has_canary: bool = False

    @property
    def differing(self) -> tuple[ShadowAnswer, ...]:
        return tuple(each for each in self.answers if each.differs)

    @cached_property
    def versions(self) -> tuple[VersionFigures, VersionFigures]:
        """The figures of the function and of its shadow, for the same inputs."""
        return (
            VersionFigures.of(self.name, self.version, [each.then for each in self.answers]),
            VersionFigures.of(
                self.shadow, self.shadow_version, [each.now for each in self.answers]
            ),
        )

    def summary(self) -> str:
        """Return one sentence about the agreement."""
        if not self.answers:
            return f"No input has been sent to {self.shadow} yet."
        count, agree = len(self.answers), len(self.answers) - len(self.differing)
        live = sum(each.live for each in self.answers)
        sources = (
            f"{_counted(live, 'call')} copied, {_counted(count - live, 'kept input')} sent again"
        )
        return f"{agree} of {count} answers agree ({_percent(agree, count)}): {sources}."

    def remarks(self) -> tuple[str, ...]:
        """Return the sentences below the tables."""
        more = len(self.differing) - _SHOWN
        left_out = (
            f"Not included: {_counted(self.redacted, 'kept input')} with redacted values."
            if self.redacted
            else ""
        )
        later = (
            f"Later calls are copied too. To include them: %faas shadow {self.name}"
            if self.copies
            else "Only kept inputs are compared, because this host does not copy calls."
        )
        return tuple(
            filter(
                None,
                (
                    f"Answers that differ and are not shown: {more}. To print all of them in a "
                    f"terminal: jupyter faas shadow {self.name} --json"
                    if more > 0
                    else "",
                    left_out,
                    later,
                    *self._ends(),
                ),
            )
        )

    def _ends(self) -> tuple[str, str]:
        name = self.name
        if self.has_canary:
            return (
                f"{name} has a canary too, which promote and discard end first.",
                f"To see the canary: %faas canary {name}",
            )
        return (
            f"To deploy the shadow as {name}: %faas promote {name}",
            f"To remove the shadow: %faas discard {name}",
        )

    ANSWER_HEAD = ("INPUT", "DIFFERENCE", "ACTIVATION", "SHADOW'S ACTIVATION")

    def version_cells(self) -> list[tuple[str, ...]]:
        """Return the rows of the first table, with the columns of ``figures.HEAD``."""
        words = ("deployed", "shadow")
        return (
            [(word, *each.cells()) for word, each in zip(words, self.versions, strict=True)]
            if self.answers
            else []
        )

    def answer_cells(self) -> list[tuple[str, ...]]:
        """Return the rows of the second table, with the columns of ``ANSWER_HEAD``."""
        return [
            (each.input_text(), each.comparison.words, each.then.id, each.now.id)
            for each in self.differing[:_SHOWN]
        ]

    def lines(self) -> tuple[str, ...]:
        """Return both tables and the sentences as lines of text."""
        versions, answers = self.version_cells(), self.answer_cells()
        return (
            *(text.table(HEAD, versions, RIGHT) if versions else ()),
            self.summary(),
            *(text.verbatim(text.table(self.ANSWER_HEAD, answers)) if answers else ()),
            *self.remarks(),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "shadow",
            "name": self.name,
            "versions": [each.to_json() for each in self.versions],
            "compared": len(self.answers),
            "differing": [each.to_json() for each in self.differing],
            "redacted": self.redacted,
            "summary": self.summary(),
        }


def _answer(record: ActivationRecord) -> str:
    if record.ok:
        return brief(record.result)
    said = record.result.get("error") if isinstance(record.result, dict) else None
    return shorten_line(said) if isinstance(said, str) else record.status


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _percent(part: int, whole: int) -> str:
    # 199 of 200 is not 100 %.
    return f"{100 * part // whole}%"
