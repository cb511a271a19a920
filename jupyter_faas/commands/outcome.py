"""What a verb answers: a value, its JSON and its lines of text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """A surface renders this and adds no words of its own.

    ``value`` is what a program would work with (an ActivationRecord, a Deployment, a list of
    them); ``json`` holds only JSON's types; ``failed`` is true when the verb did its work and
    the run it started did not succeed; ``absent`` when it looked for something that is not there,
    which a script learns from the exit code.
    """

    value: object
    json: object
    lines: tuple[str, ...] = ()
    failed: bool = False
    absent: bool = False

    def to_json(self) -> object:
        """What ``--json`` prints."""
        return self.json
