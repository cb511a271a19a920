"""Failed runs: the last error of the log, the likely cause and its cure, and short error texts.

OpenWhisk's own messages say little: *command exited* stands for any death of the process, and
*Cannot start action. Check logs for details.* for any exception while the package loads. The log
has the exception. What an operator's host does is described in ``../shared/HOSTS.md`` §3a.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_faas.workspace.tracebacks import RaisedError, raised_error

# How much is shown of a result that the host refused because of its size.
_SHOWN = 200
_TOO_LONG = re.compile(
    r"(?P<head>The action produced a response that exceeded the allowed length: )"
    r"(?P<size>\d+) > (?P<most>\d+)(?P<middle> bytes\. The truncated response was: )(?P<rest>.*)",
    re.DOTALL,
)
# The messages of hosts whose cause is in the log.
_DIED = re.compile(r"command exited|exhausted its memory|abrupt(ly)? terminat", re.IGNORECASE)
_SLOW_START = re.compile(r"exceeded its time limits? .*during initialization", re.IGNORECASE)
# A run that reached its time limit after its start.
_TIMED_OUT = re.compile(r"The action exceeded its time limits? of (\d+) milliseconds\.")
# A longer limit should have room, because nobody knows how long the run would have taken.
_MORE_TIME = 5
_NO_START = re.compile(
    r"Cannot start action\b|failed to generate or locate a binary|Initialization has failed",
    re.IGNORECASE,
)
# A composition's inline function failed.
_INLINE = re.compile(r"\(see log for details\)")
_ERROR_LINE = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b.*")
_MISSING = re.compile(r"No module named '([^'.]+)")
_STREAM = re.compile(r"^\S+ std(?:out|err): ?")


@dataclass(frozen=True)
class Failure:
    """A failed run in words.

    ``reason``: what the host says, on one line.
    ``error``: the last line of the log that names an exception, or empty.
    ``cure``: the likely cause and what to do, or empty if the reason speaks for itself.
    ``raised``: the exception that ended the run, if the log has its traceback.
    """

    reason: str
    error: str = ""
    cure: str = ""
    raised: RaisedError | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines for a terminal, below the result."""
        # With a traceback, the exception is the headline.
        said = f"The last error in the log: {self.error}" if self.error and not self.raised else ""
        return tuple(filter(None, (said, self.cure)))

    @property
    def headline(self) -> str:
        """The cause on one line, such as ``ValueError: 3 is odd``."""
        words = self.raised.text if self.raised else self.error or self.reason
        return shorten_line(words)

    def to_json(self) -> dict[str, Any]:
        """Return the failure as JSON data, for the key ``failure`` of a record.

        ``type`` is empty and ``where`` is null if no exception is known. ``where`` is the user's
        own line. ``logged`` is the range of log lines that ``traceback`` replaces, or null.
        """
        raised = self.raised
        where = raised.where if raised else None
        logged = raised.logged if raised else None
        return {
            "type": raised.type if raised else "",
            "message": raised.message if raised else self.error or self.reason,
            "where": where.to_json() if where else None,
            "traceback": list(raised.lines) if raised else [],
            "logged": list(logged) if logged else None,
        }


def shorten_line(words: str) -> str:
    """Return the first line of a text, cut to 200 characters."""
    line = (words.strip().splitlines() or [""])[0]
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def failure_of(record: Mapping[str, Any]) -> Failure:
    """Return the failure of a run. ``record`` is its record as JSON data, with the logs.

    Its key ``max_timeout_ms``, the largest time limit of the target, may be missing.
    """
    said = _said(record)
    # Only the first line is shown, because an action's error may contain a whole traceback.
    reason = (said.splitlines() or [""])[0]
    logs = record.get("logs") or ()
    raised = raised_error(logs)
    timed_out = _TIMED_OUT.match(reason)
    # A composition repeats the error of its step, whose limit is not the composition's.
    if timed_out and record.get("kind") != "sequence":
        return Failure(reason, cure=_longer(int(timed_out[1]), record.get("max_timeout_ms")))
    if not any(pattern.search(reason) for pattern in (_DIED, _SLOW_START, _NO_START, _INLINE)):
        # A function may log the traceback of an exception that it then handles.
        ended_by = raised is not None and raised.is_reported_as(said)
        return Failure(reason, raised=raised if ended_by else None)
    found = _last_error(logs)
    return Failure(reason, found, _cure(reason, found, record.get("memory_mb")), raised)


def _said(record: Mapping[str, Any]) -> str:
    """Return the error of a failed run as the action or the host states it."""
    result = record["result"]
    error = result.get("error") if isinstance(result, Mapping) else None
    # Actions in other languages return errors as objects, such as JavaScript's ``{message, name}``.
    for key in ("message", "error"):
        if isinstance(error, Mapping) and isinstance(error.get(key), str):
            error = error[key]
    return error if isinstance(error, str) and error else str(record["status"])


def _last_error(logs: Sequence[str]) -> str:
    for line in reversed(logs):
        match = _ERROR_LINE.match(_STREAM.sub("", line).strip())
        if match:
            return match[0][:_SHOWN]
    return ""


def _cure(reason: str, error: str, memory_mb: int | None) -> str:
    missing = _MISSING.search(error)
    if missing:
        return (
            f"The host does not have {missing[1]}. Include the requirements in the package "
            "with --vendor, or use --image IMAGE to run the function in an image that contains "
            "them."
        )
    more = f"--memory {2 * memory_mb}" if memory_mb else "a larger --memory"
    limit = f"its {memory_mb:,} MB" if memory_mb else "its memory"
    if _SLOW_START.search(reason):
        return (
            f"The function did not start in time. It may need more than {limit} to start. Try "
            f"{more}. If the host installs the requirements at each start, include them with "
            "--vendor."
        )
    if _DIED.search(reason) and (not error or "MemoryError" in error):
        return f"The process ended, most likely because it needed more than {limit}: try {more}."
    return ""


def _longer(limit_ms: int, most_ms: int | None) -> str:
    if most_ms is not None and limit_ms >= most_ms:
        return "The target does not allow a longer time limit: let each call do less."
    wanted = min(_MORE_TIME * limit_ms, most_ms or _MORE_TIME * limit_ms)
    time = f"{wanted // 1000}s" if wanted % 1000 == 0 else f"{wanted}ms"
    return f"The function needed more time than its limit: try --timeout {time}."


def shortened(result: Any) -> Any:
    """Return a result in which the host's error about a too long response is short.

    The error contains the first megabyte of the response. The sizes and its first 200 characters
    remain.
    """
    error = result.get("error") if isinstance(result, Mapping) else None
    found = _TOO_LONG.match(error) if isinstance(error, str) else None
    if found is None or len(found["rest"]) <= _SHOWN:
        return result
    sizes = f"{int(found['size']):,} > {int(found['most']):,}"
    text = f"{found['head']}{sizes}{found['middle']}{found['rest'][:_SHOWN]}…"
    return {**result, "error": text}
