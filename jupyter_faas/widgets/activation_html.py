"""An activation as HTML that stands alone: inline styles, no script, any theme."""

from __future__ import annotations

import re
from html import escape

from jupyter_faas.widgets.activation_facts import ActivationFacts, Payload, activation_facts
from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono, span

_PRE = f"margin:0;padding:0;background:transparent;white-space:pre-wrap;line-height:18px;{mono(13)}"
_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<atom>\b(?:true|false|null)\b)"
)


def activation_html(activation: Payload) -> str:
    """The result, the status line, of a session where its parts are, and the logs if any."""
    facts = activation_facts(activation)
    return (
        f'<div style="font-family:{UI_FONT};font-size:13px;line-height:20px;{colour("plain")}">'
        f'<pre style="{_PRE};{colour("plain")}">{_result(facts)}</pre>'
        f"{_status(facts)}{_session(facts)}{_logs(facts)}</div>"
    )


def json_html(text: str) -> str:
    """JSON text, escaped, with its keys and values coloured."""
    pieces, end = [], 0
    for match in _JSON.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        pieces.append(span(match[0], colour(str(match.lastgroup))))
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _result(facts: ActivationFacts) -> str:
    if facts.head:
        return span(facts.head, f"font-weight:600;{colour('error')}") + escape(f":{facts.result}")
    return json_html(facts.result) if facts.is_json else escape(facts.result)


def _status(facts: ActivationFacts) -> str:
    failed = facts.mark == "error"
    parts = [icon("error", "error", 12) if failed else icon("dot", "ok", 12)]
    for label, words in facts.status:
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


def _session(facts: ActivationFacts) -> str:
    if not facts.session:
        return ""
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
        more = f"… {facts.logs_left:,} more lines: %faas logs {facts.id}"
        lines.append(span(more, colour("secondary")))
    style = f"{_PRE};font-size:12px;max-height:240px;overflow:auto;margin-top:4px;padding-top:4px"
    newline = "\n"
    return f'<pre style="{style};border-top:{RULE};{colour("plain")}">{newline.join(lines)}</pre>'
