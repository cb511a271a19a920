"""Build manifest.yaml for ``wskdeploy``.

The values of parameters and the secrets of web actions are replaced by ``$VARIABLE``, which
wskdeploy reads from the environment.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.names import RESERVED_PACKAGE, FullName
from jupyter_faas.workspace.handover.web_actions import AUTH, WEB, access_of
from jupyter_faas.workspace.model_stores.upload import LOCATIONS

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project_function import ProjectFunction

# The first line of an exported manifest begins with this mark, which identifies an earlier export.
MARK = "# Written by jupyter faas export"
_SUFFIXES = {"nodejs": "js", "python": "py", "php": "php", "ruby": "rb", "swift": "swift"}
# wskdeploy itself sets these annotations for ``web: true``.
_OF_WEB = (WEB, "final")


@dataclass(frozen=True)
class Variable:
    """An environment variable to set before a deploy.

    ``means`` describes the value. ``is_json`` is true if the value must be written as JSON.
    """

    name: str
    function: str
    means: str
    is_json: bool = False


@dataclass(frozen=True)
class MadeManifest:
    """The text of a manifest, its variables, and extra files by path.

    The extra files contain the code of actions that are defined within compositions.
    """

    text: str
    variables: tuple[Variable, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def manifest_text(functions: list[ProjectFunction], notebook: str) -> MadeManifest:
    """Return the manifest of ``functions``, which must be in deploy order."""
    import yaml

    packages: dict[str, dict[str, Any]] = {}
    variables: list[Variable] = []
    files: dict[str, bytes] = {}
    for function in functions:
        for carried in (function.composition or {}).get("actions") or ():
            _put_carried(carried, packages, files)
        package, _, name = function.name.rpartition("/")
        inputs = {each: _placeholder(function, each) for each in _inputs(function)}
        variables += [variable for _, variable in inputs.values()]
        annotations = function.annotations
        if access_of(annotations.get(AUTH)) == "word":
            word = Variable(
                function.variable(AUTH), function.name, "the word that its callers have to say"
            )
            variables.append(word)
            annotations[AUTH] = f"${word.name}"
        _package(packages, package)["actions"][name] = _action(
            function, annotations, {name: entry for name, (entry, _) in inputs.items()}
        )
    body = yaml.safe_dump({"packages": packages}, sort_keys=False, allow_unicode=True, width=100)
    text = f"{MARK} from {notebook}.\n# wskdeploy --manifest manifest.yaml\n{body}"
    return MadeManifest(text, tuple(variables), files)


def _action(
    function: ProjectFunction, annotations: dict[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    record = function.record
    is_web = annotations.get(WEB) is True
    action: dict[str, Any] = {"function": function.zip}
    # wskdeploy accepts either an image or a kind, but not both.
    action |= {"docker": record.image} if record.image else {"runtime": record.kind}
    action["limits"] = {"timeout": record.timeout_ms, "memorySize": record.memory_mb}
    if is_web:
        action["web"] = True
        annotations = {key: each for key, each in annotations.items() if key not in _OF_WEB}
    if inputs:
        action["inputs"] = dict(inputs)
    return {**action, "annotations": annotations}


def _inputs(function: ProjectFunction) -> Iterator[str]:
    yield from function.record.parameters
    if function.models:
        yield LOCATIONS


def _placeholder(function: ProjectFunction, name: str) -> tuple[dict[str, Any], Variable]:
    variable = function.variable("models" if name == LOCATIONS else name)
    if name == LOCATIONS:
        means = "where it downloads its models: {sha256: URL}, each a file of models/"
        return _entry(variable, "json"), Variable(variable, function.name, means, is_json=True)
    is_text = isinstance(function.record.parameters[name], str)
    means = f"the value of its parameter {name}"
    entry = _entry(variable, "string" if is_text else "json")
    return entry, Variable(variable, function.name, means, is_json=not is_text)


def _entry(variable: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "value": f"${variable}"}


def _package(packages: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return packages.setdefault(name or RESERVED_PACKAGE, {"actions": {}})


def _put_carried(
    carried: Mapping[str, Any], packages: dict[str, dict[str, Any]], files: dict[str, bytes]
) -> None:
    """Add an action that a composition of npm Composer defines within itself."""
    full, action = FullName.parse(carried["name"]), carried["action"]
    exec_ = action["exec"]
    package = _package(packages, full.package or "")
    if exec_.get("components"):
        sequences = package.setdefault("sequences", {})
        # wskdeploy expects component names relative to the namespace that it deploys to.
        called = [each.removeprefix("/_/") for each in exec_["components"]]
        sequences[full.name] = {"actions": ", ".join(called)}
        return
    data, suffix = _code(exec_)
    path = f"actions/{full.local}.{suffix}"
    files[path] = data
    limits = action.get("limits") or {}
    names = {"timeout": "timeout", "memory": "memorySize"}
    known = {names[key]: value for key, value in limits.items() if key in names}
    package["actions"][full.name] = {
        "function": path,
        "runtime": exec_["kind"],
        **({"limits": known} if known else {}),
    }


def _code(exec_: Mapping[str, Any]) -> tuple[bytes, str]:
    code = str(exec_.get("code") or "")
    if exec_.get("binary"):
        try:
            # OpenWhisk marks zips as binary. If marked code is not valid base64, it is exported as
            # text.
            return base64.b64decode(code), "zip"
        except (binascii.Error, ValueError):
            pass
    return code.encode(), _SUFFIXES.get(exec_["kind"].partition(":")[0], "txt")
