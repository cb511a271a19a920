"""The shipped conductor, in this process and as a package, and states to try it with."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from jupyter_faas.bundle import CONDUCTOR, shipped_text

State = dict[str, Any]

FILE = "conductor/conductor_main.py"


def load_conductor() -> ModuleType:
    """Return new modules, without a package around; ``host`` is the one that calls the host."""
    try:
        for name, file in CONDUCTOR.items():
            sys.modules[name] = _load(name, file)
        module = _load("conductor_under_test", FILE)
        vars(module)["host"] = sys.modules["faas_conductor_host"]
        return module
    finally:
        for name in CONDUCTOR:
            sys.modules.pop(name, None)


def _load(name: str, file: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(shipped_text(file), file, "exec", dont_inherit=True), module.__dict__)
    return module


def conductor_files(states: Sequence[Mapping[str, Any]], captured: str = "") -> dict[str, str]:
    """The members of the package, but for its manifest."""
    files = {
        "__main__.py": shipped_text(FILE),
        **{f"{module}.py": shipped_text(file) for module, file in CONDUCTOR.items()},
        "composition.json": json.dumps({"fsm": list(states)}),
    }
    if captured:
        files["captured.py"] = captured
    return files


# -- states as they are compiled, to write tests with ------------------------------------------


def function(name: str, path: str = "") -> State:
    exec_ = {"kind": "python:3", "code": "…"}
    return {"type": "function", "parent": path, "path": path, "call": name, "exec": exec_}


def action(name: str, path: str = "") -> State:
    return {"type": "action", "parent": path, "path": path, "name": f"/_/{name}"}


def within(parent: str, *bodies: State | list[State]) -> list[State]:
    """The states of all of it, one after the other, after a ``pass`` of the sequence itself."""
    states: list[State] = [{"type": "pass", "parent": parent, "path": parent}]
    for body in bodies:
        states += body if isinstance(body, list) else [body]
    return states


def let(parent: str, declarations: Mapping[str, Any] | None, *body: State) -> list[State]:
    """With None: a mask."""
    first = {"type": "let", "parent": parent, "path": parent, "let": declarations}
    return [first, *body, {"type": "exit", "parent": parent}]


def attempt(parent: str, body: list[State], handler: list[State]) -> list[State]:
    states: list[State] = [{"type": "try", "parent": parent, "path": parent}, *body]
    states.append({"type": "exit", "parent": parent, "next": len(handler) + 1})
    states[0]["catch"] = len(states)
    return [*states, *handler, {"type": "pass", "parent": parent}]


def mapped(parent: str, *body: State) -> list[State]:
    first = {"type": "map", "parent": parent, "path": parent, "return": len(body) + 2}
    return [first, *body, {"type": "stop", "parent": parent}, {"type": "pass", "parent": parent}]


def parallel(parent: str, *branches: list[State]) -> list[State]:
    states: list[State] = [{"type": "parallel", "parent": parent, "path": parent, "tasks": []}]
    for branch in branches:
        states[0]["tasks"].append(len(states))
        states += [*branch, {"type": "stop", "parent": parent}]
    states[0]["return"] = len(states)
    return [*states, {"type": "pass", "parent": parent}]


def aside(parent: str, *body: State) -> list[State]:
    """``asynchronous``"""
    states = mapped(parent, *body)
    states[0]["type"] = "async"
    return states
