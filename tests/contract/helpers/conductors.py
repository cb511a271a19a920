"""Conductors that do what they were told beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.contract.helpers.sequences import Sequences, result

# Each entry of ``script`` is the result of one round, which it counts in its state; in the end it
# tells what it was given last.
SCRIPTED = """
def main(args):
    round = args.get('round', 0)
    script = args['script']
    if round < len(script):
        return {'state': {'round': round + 1}, **script[round]}
    for each in ('script', 'round'):
        args.pop(each, None)
    return {'params': {'given': args}}
"""

# Goes on with ``action`` for ever, and tells what went wrong as soon as something does.
ENDLESS = """
def main(args):
    if 'error' in args:
        return {'params': {'told': args['error'], 'rounds': args['n']}}
    n = args.get('n', 0) + 1
    return {'action': args['action'], 'params': {}, 'state': {'n': n}}
"""


def scripted(sequences: Sequences, *rounds: Mapping[str, Any], **more: Any) -> str:
    """The name of a new conductor."""
    parameters = [{"key": "script", "value": list(rounds)}]
    return sequences.conductor(SCRIPTED, parameters=parameters, **more)


def endless(sequences: Sequences, action: str) -> str:
    """The name of a new conductor."""
    return sequences.conductor(ENDLESS, parameters=[{"key": "action", "value": action}])


def given(record: Mapping[str, Any]) -> Any:
    """What a scripted conductor was given at last."""
    return result(record)["given"]
