"""``playground namespace``: the namespaces of the playground and where their keys lie."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.errors import InputError


def run(data_dir: Path, change: str, name: str | None) -> Outcome:
    """``add`` and ``remove`` need a name; the value is the list of names, or the one that changed.

    A key is shown nowhere: it is in the wskprops file whose path is given.
    """
    if (change == "list") != (name is None):
        raise InputError(
            "playground namespace list takes no name."
            if change == "list"
            else f"playground namespace {change} needs the name of a namespace.",
            hint="Write playground namespace add NAME or playground namespace remove NAME.",
        )
    if name is None:
        return _list(data_dir)
    return _add(data_dir, name) if change == "add" else _remove(data_dir, name)


def _list(data_dir: Path) -> Outcome:
    from jupyter_faas.playground.entities.namespaces import list_namespaces, wskprops_of

    found = {name: str(wskprops_of(data_dir, name)) for name in list_namespaces(data_dir)}
    width = max(map(len, found))
    return Outcome(
        list(found),
        {"namespaces": [{"name": name, "wskprops": path} for name, path in found.items()]},
        tuple(f"{name:<{width}}  {path}" for name, path in found.items()),
    )


def _add(data_dir: Path, name: str) -> Outcome:
    from jupyter_faas.playground.entities.namespaces import add_namespace

    path = add_namespace(data_dir, name)
    return Outcome(
        name,
        {"namespace": name, "wskprops": str(path)},
        (f"Added the namespace {name}.", f"wskprops: {path}"),
    )


def _remove(data_dir: Path, name: str) -> Outcome:
    from jupyter_faas.playground.entities.namespaces import remove_namespace

    remove_namespace(data_dir, name)
    return Outcome(
        name,
        {"removed": name},
        (f"Removed the namespace {name}; its key is void. Its actions come back with its name.",),
    )
