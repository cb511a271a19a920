"""Running commands: the tools that install clients, and the clients themselves."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# What a client gets of this machine's environment: no proxy, no key, no CA bundle, no HOME.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True)
class Outcome:
    """What a command said, and its exit code."""

    command: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    @property
    def words(self) -> str:
        """Both of its voices, for messages."""
        return f"$ {' '.join(self.command)}\n{self.stdout}{self.stderr}[exit code {self.code}]"


@dataclass(frozen=True)
class Terminal:
    """A folder to work in, with an environment that holds nothing of the user's.

    ``home`` is HOME, and the folder the commands run in unless another is named; ``variables`` may
    hold keys, so they are in no message.
    """

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def run(
        self,
        *command: str | Path,
        cwd: Path | None = None,
        code: int | None = 0,
        text: str | None = None,
        patience_s: float = 120,
    ) -> Outcome:
        """Run a command with ``text`` as its input; it must end with ``code`` (None: any)."""
        words = tuple(str(word) for word in command)
        done = subprocess.run(
            words,
            cwd=cwd or self.home,
            env=self.environment,
            input=text if text is not None else "",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=patience_s,
        )
        outcome = Outcome(words, done.returncode, done.stdout, done.stderr)
        assert code is None or outcome.code == code, outcome.words
        return outcome

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        return {**kept, "HOME": str(self.home), **self.variables}


def tool(*command: str | Path, cwd: Path, patience_s: float = 900) -> str:
    """Run what installs a client, with this machine's own environment (its proxy, its registry).

    Gives its standard output; fails the test with its words when it fails.
    """
    words = tuple(str(word) for word in command)
    done = subprocess.run(
        words,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=patience_s,
    )
    if done.returncode != 0:
        outcome = Outcome(words, done.returncode, done.stdout, done.stderr)
        pytest.fail(f"A client could not be installed.\n{outcome.words}", pytrace=False)
    return done.stdout
