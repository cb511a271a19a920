"""Render an activation as HTML and as text, shortened so that notebook files stay small."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from jupyter_faas.whisk import is_activation_id
from jupyter_faas.widgets.card_render import MARKS
from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono, span
from jupyter_faas.widgets.lines import Mark, lay_out
from jupyter_faas.workspace import text

Payload = Mapping[str, Any]

# These limits for one output, in lines and characters, exist because all outputs are saved in the
# notebook file.
_LINES_SHOWN = 200
_TEXT_SHOWN = 20_000


@dataclass(frozen=True)
class ActivationFacts:
    """The facts about an activation that its displays show.

    If the run failed with an exception, ``head`` is its class name, ``result`` is the rest of the
    error, ``where`` is the user's line, and ``traceback`` replaces the one in the log. ``session``
    is the line with the command that shows the steps of a session, and is
    empty for other runs.
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
    advice: tuple[str, ...] = ()  # why the run failed, where the result does not say
    where: str = ""
    traceback: tuple[str, ...] = ()


def activation_facts(activation: Payload) -> ActivationFacts:
    """Return the facts about an activation record that the displays show."""
    head, result, is_json = _result(activation)
    failure = activation.get("failure") or {}
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
        advice=tuple(activation.get("advice", ())),
        where=text.failure_place(failure) if failure else "",
        traceback=tuple(map(_cut, failure.get("traceback", ()))),
    )


def shorten_logs(activation: Payload) -> Payload:
    """Return the payload with at most 200 log lines, and a last line that counts the omitted lines.

    Long logs would bloat the notebook file. The last line names the command that prints the whole
    log. Long lines are shortened too.
    """
    logs = _printed(activation)
    if activation.get("failure"):
        # The traceback is no longer among the lines.
        activation = {**activation, "failure": {**activation["failure"], "logged": None}}
    if len(logs) <= _LINES_SHOWN:
        return {**activation, "logs": [_cut(one) for one in logs]}
    more = _more_lines(len(logs) - _LINES_SHOWN, activation["id"])
    return {**activation, "logs": [*(_cut(one) for one in logs[:_LINES_SHOWN]), more]}


def _printed(activation: Payload) -> list[str]:
    """Return the log lines of a run, without the ids of child runs and without its traceback.

    OpenWhisk stores the ids of child runs in the logs of a sequence or composition. The traceback
    is shown apart, without the frames that are not the user's.
    """
    logs: list[str] = activation["logs"]
    logged = (activation.get("failure") or {}).get("logged")
    if logged:
        logs = [*logs[: logged[0]], *logs[logged[1] :]]
    if not activation.get("children"):
        return logs
    return [line for line in logs if not is_activation_id(line)]


def log_line(line: str) -> tuple[str, str]:
    """Split a log line into its stream and its text.

    ``2026-11-24T22:36:23.189Z stdout: hi`` becomes ``("stdout", "hi")``. A line in another format
    is returned unchanged, with an empty stream.
    """
    _, _, rest = line.partition(" ")
    stream, colon, words = rest.partition(":")
    if colon and stream in ("stdout", "stderr"):
        return stream, words.removeprefix(" ")
    return "", line


def _result(activation: Payload) -> tuple[str, str, bool]:
    result = activation["result"]
    failure = activation.get("failure")
    if failure and failure["type"]:
        message = failure["message"]
        return failure["type"], f" {message}" if message else "", False
    # OpenWhisk returns the error of a failed run as ``{"error": …}`` with no other key.
    if not activation["ok"] and isinstance(result, Mapping) and set(result) == {"error"}:
        error = result["error"]
        if isinstance(error, str):
            head, colon, rest = error.partition(":")
            # The text before the colon becomes the head only if it can be an exception's class
            # name.
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


def _more_lines(number: int, activation_id: str) -> str:
    return f"… {number:,} more line{'' if number == 1 else 's'}: %faas logs {activation_id}"


def _cut(words: str) -> str:
    if len(words) <= _TEXT_SHOWN:
        return words
    return f"{words[:_TEXT_SHOWN]}… {len(words) - _TEXT_SHOWN:,} more characters"


# The HTML has inline styles, works with any theme, and contains no scripts.


_PRE = f"margin:0;padding:0;background:transparent;white-space:pre-wrap;line-height:18px;{mono(13)}"
# This pattern matches tokens in the output of json.dumps. A string before a colon is a key.
_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<atom>\b(?:true|false|null)\b)"
)


def activation_html(activation: Payload) -> str:
    """Return an activation as HTML: result, status line, command for a session's steps, logs."""
    facts = activation_facts(activation)
    return (
        f'<div style="font-family:{UI_FONT};font-size:13px;line-height:20px;{colour("plain")}">'
        f'<pre style="{_PRE};{colour("plain")}">{_result_html(facts)}</pre>'
        f"{_where(facts)}{_status_html(facts)}{_advice(facts)}{_session(facts)}"
        f"{_traceback(facts)}{_logs(facts)}</div>"
    )


def json_html(text: str) -> str:
    """Return JSON text as HTML, escaped, with coloured keys and values."""
    pieces, end = [], 0
    for match in _JSON.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        pieces.append(span(match[0], colour(str(match.lastgroup))))
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _result_html(facts: ActivationFacts) -> str:
    if facts.head:
        head = span(facts.head, f"font-weight:600;{colour('error')}")
        return head + escape(f":{facts.result}" if facts.result else "")
    return json_html(facts.result) if facts.is_json else escape(facts.result)


def _status_html(facts: ActivationFacts) -> str:
    failed = facts.mark == "error"
    parts = [icon("error", "error", 12) if failed else icon("dot", "ok", 12)]
    for label, words in facts.status:
        # The kind of start is the only "cold" without a label, see ``_status``.
        if words == "cold" and not label:
            cold = f"{icon('cold', 'cold', 12)}{span(words)}"
            style = f"display:inline-flex;align-items:center;gap:5px;{colour('cold')}"
            parts.append(f'<span style="{style}">{cold}</span>')
        elif label == "cost":
            parts.append(f"<span>{escape(words)} {span('/ million', colour('secondary'))}</span>")
        elif label:
            parts.append(f"<span>{span(label, colour('secondary'))} {escape(words)}</span>")
        else:
            parts.append(span(words))
    parts.append(f'<span title="{escape(facts.id)}" style="{mono()}">{escape(facts.id[:8])}</span>')
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 10px;font-size:12px;'
        f'line-height:20px;margin-top:4px">{"".join(parts)}</div>'
    )


def _where(facts: ActivationFacts) -> str:
    if not facts.where:
        return ""
    place, _, code = facts.where.partition(": ")
    return f'<div style="font-size:12px">{escape(place)}: {span(code, mono())}</div>'


def _traceback(facts: ActivationFacts) -> str:
    if not facts.traceback:
        return ""
    lines = escape("\n".join(facts.traceback))
    return (
        '<details style="font-size:12px"><summary>Traceback</summary>'
        f'<pre style="{_PRE};font-size:12px;{colour("plain")}">{lines}</pre></details>'
    )


def _advice(facts: ActivationFacts) -> str:
    return "".join(f'<div style="font-size:12px">{escape(each)}</div>' for each in facts.advice)


def _session(facts: ActivationFacts) -> str:
    if not facts.session:
        return ""
    # The line ends with a command after " · ". The command is shown in the code font.
    what, _, command = facts.session.partition(" · ")
    words = f"{span(what, colour('secondary'))} {span(command, mono())}"
    return f'<div style="font-size:12px;line-height:20px">{words}</div>'


def _logs(facts: ActivationFacts) -> str:
    if not facts.logs:
        return ""
    lines = [
        span(words, colour("error") if stream == "stderr" else "") for stream, words in facts.logs
    ]
    if facts.logs_left:
        more = _more_lines(facts.logs_left, facts.id)
        lines.append(span(more, colour("secondary")))
    style = f"{_PRE};font-size:12px;max-height:240px;overflow:auto;margin-top:4px;padding-top:4px"
    # Before Python 3.12 an f-string cannot contain a backslash.
    newline = "\n"
    return f'<pre style="{style};border-top:{RULE};{colour("plain")}">{newline.join(lines)}</pre>'


# The plain text has the result, the status line and the logs.


def activation_text(activation: Payload) -> str:
    """Return an activation as plain text: result or cause, status line, traceback, logs.

    The status line looks like ``✓ 3 ms · warm · wait 4 ms · $0.43 / million · id``. For a session,
    another line names the command that shows its steps.
    """
    facts = activation_facts(activation)
    head = f"{facts.head}:" if facts.head and facts.result else facts.head
    lines = [f"{head}{facts.result}"]
    if facts.where:
        lines.append(facts.where)
    status = [
        f"{words} / million" if label == "cost" else f"{label} {words}".lstrip()
        for label, words in facts.status
    ]
    lines.append(f"{MARKS[facts.mark]} {' · '.join([*status, facts.id])}")
    lines += facts.advice
    if facts.session:
        lines.append(facts.session)
    lines += facts.traceback
    lines += [f"{stream or 'log'}: {words}" for stream, words in facts.logs]
    if facts.logs_left:
        lines.append(_more_lines(facts.logs_left, facts.id))
    return "\n".join(lines)
