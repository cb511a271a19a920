"""An activation's payload (``tests/data/api/activation.json``) cut down to what a page can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.whisk import is_activation_id
from jupyter_faas.widgets.facts import Mark
from jupyter_faas.widgets.json_layout import lay_out
from jupyter_faas.workspace import text

Payload = Mapping[str, Any]

_LINES_SHOWN = 200
_TEXT_SHOWN = 20_000


@dataclass(frozen=True)
class ActivationFacts:
    """``head`` is the error's class when the run failed with one, ``result`` the rest of it.

    ``session`` tells where the parts of a session are to be seen; empty for other runs.
    """

    head: str
    result: str
    is_json: bool
    status: tuple[tuple[str, str], ...]  # (label, words): ("wait", "4 ms"); most labels are empty
    mark: Mark
    cold: bool
    id: str
    session: str
    logs: tuple[tuple[str, str], ...]  # (stream, words)
    logs_left: int


def activation_facts(activation: Payload) -> ActivationFacts:
    """What the displays show of a run."""
    head, result, is_json = _result(activation)
    printed = _printed(activation)
    logs = [log_line(one) for one in printed[:_LINES_SHOWN]]
    return ActivationFacts(
        head=head,
        result=_cut(result),
        is_json=is_json,
        status=tuple(_status(activation)),
        mark="ok" if activation["ok"] else "error",
        cold=bool(activation["cold"]),
        id=activation["id"],
        session=text.session_line(activation) if activation.get("children") else "",
        logs=tuple((stream, _cut(words)) for stream, words in logs),
        logs_left=len(printed) - len(logs),
    )


def shorten_logs(activation: Payload) -> Payload:
    """The payload with at most 200 log lines: the notebook is no place for megabytes of them.

    A last line says how many are missing and how to see them.
    """
    logs = _printed(activation)
    if len(logs) <= _LINES_SHOWN:
        return {**activation, "logs": [_cut(one) for one in logs]}
    more = f"… {len(logs) - _LINES_SHOWN:,} more lines: %faas logs {activation['id']}"
    return {**activation, "logs": [*(_cut(one) for one in logs[:_LINES_SHOWN]), more]}


def _printed(activation: Payload) -> list[str]:
    """The lines of its logs; of a session without the ids of its parts, which nobody reads."""
    logs: list[str] = activation["logs"]
    if not activation.get("children"):
        return logs
    return [line for line in logs if not is_activation_id(line)]


def log_line(line: str) -> tuple[str, str]:
    """``2026-11-24T22:36:23.189Z stdout: hi`` as (``stdout``, ``hi``); other lines as they are."""
    _, _, rest = line.partition(" ")
    stream, colon, words = rest.partition(":")
    if colon and stream in ("stdout", "stderr"):
        return stream, words.removeprefix(" ")
    return "", line


def _result(activation: Payload) -> tuple[str, str, bool]:
    result = activation["result"]
    if not activation["ok"] and isinstance(result, Mapping) and set(result) == {"error"}:
        error = result["error"]
        if isinstance(error, str):
            head, colon, rest = error.partition(":")
            # Only an exception's name is an emphasis; a sentence with a colon is a sentence.
            return (head, rest, False) if colon and head.isidentifier() else ("", error, False)
    return "", lay_out(result), True


def _status(activation: Payload) -> list[tuple[str, str]]:
    parts = [] if activation["ok"] else [("", str(activation["status"]))]
    parts.append(("", text.duration(activation["duration_ms"])))
    parts.append(("", text.start(activation)))
    parts += [
        (key, text.duration(activation[f"{key}_ms"]))
        for key in ("init", "wait")
        if activation[f"{key}_ms"] is not None
    ]
    if activation["cost_text"]:
        parts.append(("cost", activation["cost_text"]))
    return parts


def _cut(words: str) -> str:
    if len(words) <= _TEXT_SHOWN:
        return words
    return f"{words[:_TEXT_SHOWN]}… {len(words) - _TEXT_SHOWN:,} more characters"
