"""Sessions on a real playground, of conductors that say and do what they were told beforehand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from jupyter_faas.client import Client
from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.whisk import Activation
from jupyter_faas.workspace import Workspace

# Each entry of ``script`` is a round: the lines that it prints under ``say``, the rest its answer.
# A list of rounds under ``branch`` takes the place of the script for a run that is given it.
TOLD = """
def main(args):
    composer = args.pop('$composer', {})
    script = args.pop('script')
    script = composer.get('script', script)
    at = composer.get('at', 0)
    if at >= len(script):
        print('Entering final state')
        return {'params': args} if 'error' not in args else args
    step = dict(script[at])
    for line in step.pop('say', []):
        print(line)
    if step.pop('pass', False):
        step['params'] = args
    more = step.pop('composer', {})
    if 'action' in step:
        step['state'] = {'$composer': {**composer, 'at': at + 1, **more}}
    return step
"""
ECHO = "def main(args):\n    return args\n"
STEP = "def main(args):\n    print('in step')\n    return {'n': args.get('n', 0) + 1}\n"
FAILS = "def main(args):\n    return {'error': 'not there yet'}\n"
# Fails until it was called ``after`` times; a file counts.
IN_THE_END = """
import os
def main(args):
    with open(args['file'], 'a') as file:
        file.write('x')
    if os.path.getsize(args['file']) < args['after']:
        return {'error': 'not there yet'}
    return {'found': True}
"""


def action(name: str) -> dict[str, Any]:
    return {"type": "action", "name": f"/_/{name}"}


class Place:
    """A workspace whose playground runs, and another client of it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        workspace.playground.start()
        self.client: Client = workspace._services.connect().client

    def put(self, name: str, code: str = ECHO, *, memory: int = 256, **more: Any) -> str:
        self.client.put_action(
            name,
            {
                "exec": {"kind": "python:default", "code": code},
                "limits": {"memory": memory, **more.pop("limits", {})},
                **more,
            },
        )
        return name

    def conductor(self, name: str, graph: Any, *script: Mapping[str, Any], **more: Any) -> str:
        return self.put(
            name,
            TOLD,
            parameters=[{"key": "script", "value": list(script)}],
            annotations=[{"key": "conductor", "value": graph}],
            **more,
        )

    def sequence(self, name: str, *components: str) -> str:
        whole = [f"/_/{each}" for each in components]
        self.client.put_action(name, {"exec": {"kind": "sequence", "components": whole}})
        return name

    def start(self, name: str, params: Mapping[str, Any] | None = None) -> str:
        """The id of a run that goes on."""
        found = self.client.invoke(name, params or {}, blocking=False)
        assert isinstance(found, str)
        return found

    def run(self, name: str, params: Mapping[str, Any] | None = None) -> str:
        """The id of a run that has ended, however."""
        found = self.client.invoke(name, params or {})
        assert isinstance(found, Activation), found
        return found.activation_id

    def record(self, activation_id: str) -> Activation:
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.client.get_activation(activation_id)
            except ActivationNotFound:
                assert time.monotonic() < deadline, f"no record of {activation_id}"
