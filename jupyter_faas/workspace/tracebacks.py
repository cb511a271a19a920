"""Python tracebacks in a run's log: the exception, and the frames of the user's own code.

A host's log is text, so the traceback is parsed. Frames of jupyter_faas's own modules and of the
runtime's launcher are removed, because the user can neither see nor change that code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from jupyter_faas.bundle.members import COMPOSITION_CELL, SHIPPED_FILES

_BEGIN = "Traceback (most recent call last):"
_CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_STAMP = re.compile(r"^\S+ (?P<stream>std(?:out|err)): ?")
_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_NAMED = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$", re.DOTALL)
# The cell, and what it uses of other cells, at whatever directory the host unpacked the package.
_CELLS = frozenset({"function.py", COMPOSITION_CELL})
_CAPTURED = "captured.py"
# The files of a host's own launcher, such as ``exec__.py`` of OpenWhisk's Python runtime.
_LAUNCHERS = frozenset({*SHIPPED_FILES, "exec__.py", "main__.py", "launcher.py", "pythonrunner.py"})
_STANDARD_LIBRARY = re.compile(r"^/.*?/lib(?:64)?/python3(?:\.\d+)?/")
# Where OpenWhisk's Python runtime unpacks a package.
_PACKAGE = re.compile(r"^/action/\d+/(?:bin|src)/")
_LIBRARIES = ("/site-packages/", "/dist-packages/")
# How much of a message or of a traceback is kept, in characters and lines. The log has the rest.
_MESSAGE_CHARS = 2000
_MOST_LINES = 60


@dataclass(frozen=True)
class Frame:
    """A frame of a traceback.

    ``file`` is relative to the package or to the folder of libraries. ``code`` is the source line,
    or empty if the traceback does not show it. ``lines`` are its lines in the traceback.
    ``is_user_code``: whether it is in the notebook's code or in a file that was included with it.
    """

    file: str
    line: int
    function: str
    code: str
    lines: tuple[str, ...]
    is_user_code: bool = False

    @property
    def in_cell(self) -> bool:
        """Whether the frame is in the cell itself, whose lines have the same numbers."""
        return self.file in _CELLS

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "function": self.function,
            "code": self.code,
            "in_cell": self.in_cell,
        }


@dataclass(frozen=True)
class RaisedError:
    """The last exception that a run's log shows, such as ``ValueError`` and ``3 is odd``.

    ``lines`` is the whole traceback, with chained exceptions, without the frames that are removed.
    ``logged`` is the range of log lines that the original covers, or None if other lines are among
    them.
    """

    type: str
    message: str
    frames: tuple[Frame, ...]
    lines: tuple[str, ...]
    logged: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The exception as Python writes it: ``ValueError: 3 is odd``."""
        return f"{self.type}: {self.message}" if self.message else self.type

    def is_reported_as(self, error: str) -> bool:
        """Return whether a run's result reports this exception, as its message or its type."""
        return error.strip()[:_MESSAGE_CHARS] in (self.message.strip(), self.type)

    @property
    def where(self) -> Frame | None:
        """The user's own line that raised the exception or called what did, or None."""
        return next((each for each in reversed(self.frames) if each.is_user_code), None)


def raised_error(logs: Sequence[str]) -> RaisedError | None:
    """Return the last exception in the log of a run, or None if there is no traceback."""
    printed = [*_printed(logs)]
    lines = [line for _, line in printed]
    begins = [number for number, line in enumerate(lines) if line == _BEGIN]
    if not begins:
        return None
    blocks = [_parse(lines[begin:]) for begin in begins]
    frames, ending, length = blocks[-1]
    match = _NAMED.match("\n".join(ending))
    if match is None:
        return None
    # Earlier tracebacks belong to this one if a sentence between them says so.
    first = len(begins) - 1
    while first > 0 and _chain_sentence(lines[begins[first - 1] : begins[first]]):
        first -= 1
    shown: list[str] = []
    for number in range(first, len(begins)):
        if shown:
            sentence = _chain_sentence(lines[begins[number - 1] : begins[number]])
            shown += ["", sentence, ""]
        own, words, _ = blocks[number]
        shown += [_BEGIN, *(line for each in own for line in each.lines), *words]
    start, end = printed[begins[first]][0], printed[begins[-1] + length - 1][0] + 1
    whole = end - start == begins[-1] + length - begins[first]
    return RaisedError(
        type=match["type"],
        message=(match["message"] or "")[:_MESSAGE_CHARS],
        frames=tuple(frames),
        lines=_cut(shown),
        logged=(start, end) if whole else None,
    )


def _chain_sentence(between: Sequence[str]) -> str:
    return next((line for line in between if line in _CHAINED), "")


def _cut(lines: list[str]) -> tuple[str, ...]:
    if len(lines) <= _MOST_LINES:
        return tuple(lines)
    # The end has the exception and the frames that raised it.
    left_out = len(lines) - _MOST_LINES
    return (*lines[:4], f"  … {left_out:,} lines omitted", *lines[left_out + 5 :])


def _printed(logs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the number and text of the lines, without those that were printed to stdout."""
    for number, line in enumerate(logs):
        match = _STAMP.match(line)
        if match is None:
            yield number, line
        elif match["stream"] == "stderr":
            yield number, line[match.end() :]


def _parse(lines: Sequence[str]) -> tuple[list[Frame], list[str], int]:
    """Parse a traceback that begins with the first of ``lines``.

    Returns its frames, the lines of its exception, and the number of all its lines.
    """
    frames: list[Frame] = []
    number = 1
    while number < len(lines) and (lines[number].startswith("  ") or not lines[number]):
        match = _FRAME.match(lines[number])
        end = number + 1
        # The source and its markers follow, up to the next frame.
        while end < len(lines) and lines[end].startswith("    "):
            end += 1
        if match is not None:
            file, is_user_code = _relative(match["file"])
            code = lines[number + 1].strip() if end > number + 1 else ""
            if PurePosixPath(file).name not in _LAUNCHERS:
                head = lines[number].replace(match["file"], file)
                frames.append(
                    Frame(
                        file,
                        int(match["line"]),
                        match["function"] or "",
                        code,
                        (head, *lines[number + 1 : end]),
                        is_user_code,
                    )
                )
        number = end
    ending: list[str] = []
    for line in lines[number:]:
        if line == _BEGIN or line in _CHAINED:
            break
        ending.append(line)
    while ending and not ending[-1]:
        ending.pop()
    return frames, ending, number + len(ending)


def _relative(path: str) -> tuple[str, bool]:
    """Return a short path, and whether it is a file of the package that is not a library.

    The short path lacks the directory in which the host has the package or the libraries.
    """
    for folder in _LIBRARIES:
        if folder in path:
            return path.rpartition(folder)[2], False
    standard = _STANDARD_LIBRARY.search(path)
    if standard is not None:
        return path[standard.end() :], False
    name = PurePosixPath(path).name
    if name in _CELLS or name == _CAPTURED:
        return name, True
    inside = _PACKAGE.sub("", path)
    return inside, not inside.startswith(("/", "<"))
