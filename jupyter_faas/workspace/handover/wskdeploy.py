"""Build manifest.yaml for ``wskdeploy``, by the rules of its parser.

The values of parameters, secrets and the words of web actions are replaced by ``$VARIABLE``, which
wskdeploy reads from the environment. Its parser (``parsers/parameters.go`` and
``wskenv/environment.go`` of apache/openwhisk-wskdeploy) has these limits:

- Only text can come from the environment: a text input, or the text values of a map. A value that
  is not text is therefore exported in ``__faas_parameters``, a map from names to variables with
  JSON, which the entry point of the package reads (``shipped/action/action_main.py``). The
  addresses of models are such a map too.
- A text that begins with ``$`` or contains ``${`` is a reference to variables. ``$${NAME}`` stands
  for ``${NAME}``; a lone ``$`` at the beginning has no escape.
- A null ends the program.
- The YAML parser takes more words for numbers than Python's, such as ``1e5`` and ``12_000``. All
  text values are quoted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.names import RESERVED_PACKAGE, FullName
from jupyter_faas.workspace.functions import AUTH, access_of
from jupyter_faas.workspace.handover.web_actions import PARAMETERS, RAW, WEB
from jupyter_faas.workspace.model_stores.upload import LOCATIONS

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project_function import ProjectFunction

# The first line of an exported manifest begins with this mark, which identifies an earlier export.
MARK = "# Written by jupyter faas export"
_SUFFIXES = {"nodejs": "js", "python": "py", "php": "php", "ruby": "rb", "swift": "swift"}
# Both tools set these annotations of a web action themselves.
OF_WEB = (WEB, "final", RAW)


@dataclass(frozen=True)
class Variable:
    """An environment variable to set before a deploy.

    ``means`` describes the value. ``is_json`` is true if the value must be written as JSON.
    ``parameter`` is the parameter of the action, or ``require-whisk-auth``. ``key`` is the sha256
    of a model, whose address the value is, or empty.
    """

    name: str
    function: str
    means: str
    parameter: str
    is_json: bool = False
    key: str = ""


@dataclass(frozen=True)
class MadeManifest:
    """The text of a manifest, its variables, and extra files by path.

    The extra files contain the code of actions that are defined within compositions.
    """

    text: str
    variables: tuple[Variable, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def manifest_text(functions: list[ProjectFunction], notebook: str) -> MadeManifest:
    """Return the manifest of ``functions``, which must be in deploy order.

    Raises InputError if a composition has a preset parameter that is not text.
    """
    packages: dict[str, dict[str, Any]] = {}
    variables: list[Variable] = []
    files: dict[str, bytes] = {}
    for function in functions:
        for carried in (function.composition or {}).get("actions") or ():
            _put_carried(carried, packages, files)
        package, _, name = function.name.rpartition("/")
        own = tuple(variables_of(function))
        variables += own
        _package(packages, package)["actions"][name] = _action(function, own)
    text = f"{MARK} from {notebook}.\n# wskdeploy --manifest manifest.yaml\n"
    return MadeManifest(f"{text}{_yaml({'packages': packages})}", tuple(variables), files)


def variables_of(function: ProjectFunction) -> Iterator[Variable]:
    """Yield the variables with the values of a function that are not exported."""
    name = function.name
    for parameter, value in function.record.parameters.items():
        is_text = isinstance(value, str)
        if not is_text and function.composition is not None:
            raise InputError(
                f"The parameter {parameter} of the composition {name} is not a string, so "
                "wskdeploy cannot set it.",
                hint=f"Leave --param {parameter}=… out of the first line of its cell, and write "
                "the value into the composition, or pass it with each call.",
            )
        means = f"the value of its parameter {parameter}"
        yield Variable(function.variable(parameter), name, means, parameter, is_json=not is_text)
    for secret in function.bundle.manifest.secrets:
        yield Variable(function.variable(secret), name, f"its secret {secret}", secret)
    for sha256 in function.models:
        means = f"the URL from which it downloads models/{sha256}.onnx"
        variable = function.variable(f"model_{sha256[:8]}")
        yield Variable(variable, name, means, LOCATIONS, key=sha256)
    if access_of(function.annotations.get(AUTH)) == "word":
        means = "the value of require-whisk-auth that callers send"
        yield Variable(function.variable(AUTH), name, means, AUTH)


def _action(function: ProjectFunction, variables: tuple[Variable, ...]) -> dict[str, Any]:
    record, annotations = function.record, function.annotations
    action: dict[str, Any] = {"function": function.zip}
    # wskdeploy accepts either an image or a kind, but not both.
    action |= {"docker": record.image} if record.image else {"runtime": record.kind}
    action["limits"] = {"timeout": record.timeout_ms, "memorySize": record.memory_mb}
    if annotations.get(WEB) is True:
        action["web"] = "raw" if annotations.get(RAW) is True else True
        annotations = {key: each for key, each in annotations.items() if key not in OF_WEB}
    shown = {key: _escaped(value) for key, value in annotations.items() if value is not None}
    shown |= {one.parameter: f"${one.name}" for one in variables if one.parameter == AUTH}
    inputs = _inputs([one for one in variables if one.parameter != AUTH])
    return {**action, **({"inputs": inputs} if inputs else {}), "annotations": shown}


def _inputs(variables: list[Variable]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    maps: dict[str, dict[str, str]] = {}
    for one in variables:
        if one.key:
            maps.setdefault(one.parameter, {})[one.key] = f"${one.name}"
        elif one.is_json:
            maps.setdefault(PARAMETERS, {})[one.parameter] = f"${one.name}"
        else:
            inputs[one.parameter] = {"type": "string", "value": f"${one.name}"}
    return inputs | {name: {"type": "json", "value": each} for name, each in maps.items()}


def _escaped(value: Any) -> Any:
    """Return an annotation so that wskdeploy reads the same value, without nulls."""
    if not isinstance(value, str):
        return _without_nulls(value)
    escaped = re.sub(r"\$+(?=\{)", lambda found: f"{found[0]}$", value)
    for written in (value, escaped):
        if interpolated(written, {}) == value:
            return written
    # No form has this value. A space keeps the text readable and its variables unread.
    return re.sub(r"\$(?=\{)", "$ ", f" {value}" if value.startswith("$") else value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """Return the value that wskdeploy reads for a text, by the rules of its ``wskenv``.

    A text is searched for variables if it begins with ``$`` or has a ``${``. It is split at ``$``,
    ``{`` and ``}``, and each part is taken for the name of a variable.
    """
    braced = "${" in text and text.count("{") == text.count("}")
    if not braced and not (text.startswith("$") and len(text) > 1):
        return text
    for part in filter(None, re.split(r"[${}]", text)):
        if f"$${{{part}}}" in text:
            text = text.replace(f"$${{{part}}}", f"${{{part}}}")
        elif f"${part}" in text:
            text = text.replace(f"${part}", environ.get(part, ""))
        elif f"${{{part}}}" in text:
            text = text.replace(f"${{{part}}}", environ.get(part, ""))
    return text


# Keys of this form are read as text by every YAML parser.
_PLAIN_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w-]*", re.I | re.A)


def _yaml(data: Mapping[str, Any]) -> str:
    import yaml

    class Quoting(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no type hints
        def represent_mapping(self, tag: str, mapping: Any, flow_style: Any = None) -> Any:
            node = super().represent_mapping(tag, mapping, flow_style)
            for key, _ in node.value:
                if _PLAIN_KEY.fullmatch(key.value):
                    key.style = None
            return node

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def quoted(dumper: yaml.SafeDumper, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')

    Quoting.add_representer(str, quoted)
    written: str = yaml.dump(data, Dumper=Quoting, sort_keys=False, allow_unicode=True, width=100)
    return written


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
