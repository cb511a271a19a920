"""The commands of ``wsk`` that deploy an exported project, for its README.

They deploy what manifest.yaml deploys. Annotations are read from files, because schemas and graphs
are too long for a command. Values that are not exported are the same variables as in the manifest.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_faas.workspace.functions import AUTH
from jupyter_faas.workspace.handover.web_actions import RAW, WEB
from jupyter_faas.workspace.handover.wskdeploy import OF_WEB, Variable, variables_of

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project_function import ProjectFunction

_BREAK = " \\\n  "


def annotation_files(functions: list[ProjectFunction]) -> dict[str, str]:
    """Return the files of annotations by path, as ``--annotation-file`` reads them."""
    found = {}
    for function in functions:
        kept = {
            key: value
            for key, value in function.annotations.items()
            # The options --web and --web-secure set these.
            if key != AUTH and not (_is_web(function) and key in OF_WEB)
        }
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        found[annotation_file(function.name)] = f"{text}\n"
    return found


def annotation_file(name: str) -> str:
    """Return the path of the file with the annotations of an action."""
    return f"annotations/{name}.json"


def wsk_commands(functions: list[ProjectFunction]) -> tuple[str, list[str]]:
    """Return the commands, one block of shell, and the names of functions without one.

    A composition that defines further actions itself is left out: only wskdeploy and jupyter_faas
    deploy those.
    """
    carrying = [each.name for each in functions if (each.composition or {}).get("actions")]
    told = [each for each in functions if each.name not in carrying]
    packages = dict.fromkeys(each.name.rpartition("/")[0] for each in told)
    lines = [f"wsk package update {shlex.quote(name)}" for name in packages if name]
    return "\n".join([*lines, *(_BREAK.join(_command(each)) for each in told)]), carrying


def _command(function: ProjectFunction) -> Iterator[str]:
    record = function.record
    runtime = ("--docker", record.image) if record.image else ("--kind", record.kind)
    words = ("wsk", "action", "update", function.name, function.zip, *runtime)
    yield shlex.join(words)
    yield f"--memory {record.memory_mb} --timeout {record.timeout_ms}"
    yield shlex.join(("--annotation-file", annotation_file(function.name)))
    variables = list(variables_of(function))
    if _is_web(function):
        yield f"--web {'raw' if function.annotations.get(RAW) is True else 'true'}"
        secure = next((f'"${one.name}"' for one in variables if one.parameter == AUTH), "")
        if secure or function.annotations.get(AUTH) is True:
            yield f"--web-secure {secure or 'true'}"
    models = [one for one in variables if one.key]
    for one in variables:
        if one.parameter != AUTH and not one.key:
            yield f'--param {shlex.quote(one.parameter)} "${one.name}"'
    if models:
        yield f"--param {models[0].parameter} {_addresses(models)}"


def _addresses(models: list[Variable]) -> str:
    """Return the shell word with the addresses of models, as JSON."""
    # The variables are between the single quotes, in double quotes of the shell.
    pairs = (f'"{one.key}": "\'"${one.name}"\'"' for one in models)
    return "'{" + ", ".join(pairs) + "}'"


def _is_web(function: ProjectFunction) -> bool:
    return function.annotations.get(WEB) is True
