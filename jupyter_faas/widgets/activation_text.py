"""An activation as plain text: the result, the status line, the logs."""

from __future__ import annotations

from jupyter_faas.widgets.activation_facts import Payload, activation_facts
from jupyter_faas.widgets.card_text import MARKS


def activation_text(activation: Payload) -> str:
    """``{"x": 1}``, below it ``✓ 3 ms · warm · wait 4 ms · $0.43 / million · id`` and logs.

    Of a session a line says where its parts are to be seen.
    """
    facts = activation_facts(activation)
    lines = [f"{facts.head}:{facts.result}" if facts.head else facts.result]
    status = [
        f"{words} / million" if label == "cost" else f"{label} {words}".lstrip()
        for label, words in facts.status
    ]
    lines.append(f"{MARKS[facts.mark]} {' · '.join([*status, facts.id])}")
    if facts.session:
        lines.append(facts.session)
    lines += [f"{stream or 'log'}: {words}" for stream, words in facts.logs]
    if facts.logs_left:
        lines.append(f"… {facts.logs_left:,} more lines: %faas logs {facts.id}")
    return "\n".join(lines)
