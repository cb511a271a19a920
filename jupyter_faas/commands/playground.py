"""The verb ``playground``, which starts or stops the playground and manages its namespaces."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import CLI_ONLY, Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.playground import PlaygroundInfo, PlaygroundStop
    from jupyter_faas.workspace.workspace import Workspace

PLAYGROUND = (
    Argument(
        "action",
        "The operation. Default: status.",
        kind="optional",
        default="status",
        choices=("start", "stop", "status", "namespace", "repair"),
    ),
    Argument(
        "change",
        "The operation on the namespaces, each of which has its own key. Default: list.",
        kind="optional",
        choices=("add", "list", "remove"),
    ),
    Argument("name", "The namespace to add or remove.", metavar="NAME", kind="optional"),
    Argument("port", "The port to listen on.", "--port", "N", kind="integer"),
    Argument(
        "tls",
        "Also accept HTTPS, on the same port as HTTP. Clients must trust ca.pem, which is created "
        "in the folder of wskprops.",
        "--tls",
        kind="switch",
    ),
    Argument(
        "rate_limits",
        "Apply OpenWhisk's usual limits to calls per minute and concurrent calls.",
        "--rate-limits",
        kind="switch",
    ),
    Argument(
        "foreground",
        "Run in the foreground until the playground stops or you press Ctrl-C.",
        "--foreground",
        kind="switch",
        surfaces=CLI_ONLY,
    ),
)


# How many ended runs are listed. ``--json`` lists all.
_MOST_ENDED = 20


def playground(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Start, stop or show the playground. The value is its PlaygroundInfo, or None if stopped.

    ``playground namespace`` lists or changes the namespaces, even if the playground is not running.
    ``playground repair`` repairs the database of a stopped playground.
    """
    # ``--foreground`` (cli/foreground.py) passes arguments without these two attributes.
    change, name = getattr(arguments, "change", None), getattr(arguments, "name", None)
    if arguments.action != "namespace" and (change or name):
        raise InputError(
            f"playground {arguments.action} does not take the argument {change or name}."
        )
    options = (
        ("--port", arguments.port is not None),
        ("--tls", arguments.tls),
        ("--rate-limits", arguments.rate_limits),
    )
    for option, given in options:
        if given and arguments.action != "start":
            raise InputError(f"{option} can be used only with playground start.")
    if arguments.action == "namespace":
        return _namespaces(workspace.data_dir, change or "list", name)
    if arguments.action == "start":
        progress("Starting the playground…")
        info = workspace.playground.start(
            port=arguments.port, tls=arguments.tls, rate_limits=arguments.rate_limits
        )
        words = "was already running" if info.already_running else "is running"
        return _running(info, f"The playground {words} at {info.apihost}")
    if arguments.action == "stop":
        progress("Stopping the playground…")
        stopped = workspace.playground.stop()
        return _stopped(stopped)
    if arguments.action == "repair":
        progress("Repairing the database…")
        return _repair(workspace.data_dir)
    from jupyter_faas.playground import status as find

    status = find(workspace.data_dir)
    if status is None:
        # ``absent`` sets the exit code, from which a script can tell whether the playground runs.
        return Outcome(None, {"state": "stopped"}, ("The playground is not running.",), absent=True)
    return _running(status, f"The playground is running at {status.apihost}")


def _stopped(stop: PlaygroundStop | None) -> Outcome:
    ended = stop.ended if stop else ()
    record = {
        "state": "stopped",
        "was_running": stop is not None,
        "ended": [{"name": run.name, "activation_id": run.activation_id} for run in ended],
    }
    lines = ["The playground has stopped." if stop else "The playground was not running."]
    if ended:
        number = "1 run" if len(ended) == 1 else f"{len(ended):,} runs"
        lines.append(f"This ended {number}, which may already have had effects:")
        lines += [f"  {run.name} (activation {run.activation_id})" for run in ended[:_MOST_ENDED]]
        if len(ended) > _MOST_ENDED:
            lines.append(f"  and {len(ended) - _MOST_ENDED:,} more")
    return Outcome(None, record, tuple(lines))


def _running(info: PlaygroundInfo, line: str) -> Outcome:
    record = {
        "state": "running",
        "apihost": info.apihost,
        "wskprops": str(info.wskprops),
        "pid": info.pid,
        "port": info.port,
        "started": info.started_ms,
        "already_running": info.already_running,
        "https": info.https,
        "ca": str(info.ca) if info.ca else None,
    }
    lines = [line, f"wskprops: {info.wskprops}"]
    if info.ca:
        lines += [f"https: {info.https}", f"ca: {info.ca}"]
    return Outcome(info, record, tuple(lines))


def _repair(data_dir: Path) -> Outcome:
    """Repair the database and say what was recovered. The value is the Recovery."""
    from jupyter_faas.playground import repair

    found = repair(data_dir)
    if found.copy is None:
        line = "The database is not damaged. Nothing was changed."
        return Outcome(found, {"damaged": False}, (line,))
    lines = [f"Repaired the database. The damaged files are in {found.copy}."]
    for each in found.tables:
        restored, lost = set(each.restored), set(each.lost)
        if each.rows or lost or not each.keys_known:
            lines.append(f"{_TABLES.get(each.name, each.name)}: {each.rows:,} kept")
        if restored:
            lines.append(
                f"  {len(restored):,} from the backup, possibly outdated: {_few(restored)}"
            )
        if lost:
            lines.append(f"  {len(lost):,} lost: {_few(lost)}")
        if not each.keys_known:
            lines.append("  some may be lost: the table's index cannot be read")
    record = {
        "damaged": True,
        "copy": str(found.copy),
        "tables": {
            each.name: {
                "rows": each.rows,
                "restored": list(each.restored),
                "lost": list(each.lost),
                "complete": each.keys_known and not each.lost,
            }
            for each in found.tables
        },
    }
    return Outcome(found, record, tuple(lines))


# What a user calls the rows of a table.
_TABLES = {
    "activations": "activation records",
    "sums": "usage totals",
    "tallies": "record counts",
    "inputs": "kept inputs",
    "meta": "counters",
    "accepted": "activations without a record",
    "graphs": "graphs of compositions",
    "graph_of": "activations with a graph",
    "apis": "API routes",
}


def _few(names: set[str], most: int = 20) -> str:
    shown = ", ".join(sorted(names)[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def _namespaces(data_dir: Path, change: str, name: str | None) -> Outcome:
    """List, add or remove namespaces. The value is the list of names, or the changed name.

    ``add`` and ``remove`` need a name. API keys are never printed. The printed path is that of the
    wskprops file with the API key.
    """
    if (change == "list") != (name is None):
        raise InputError(
            "playground namespace list does not take a name."
            if change == "list"
            else f"playground namespace {change} needs the name of a namespace.",
            hint="To add a namespace: %faas playground namespace add NAME\n"
            "To remove one: %faas playground namespace remove NAME",
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
        (
            f"Removed the namespace {name}. Its key is no longer valid. If you add the namespace "
            "again, its actions are available again.",
        ),
    )
