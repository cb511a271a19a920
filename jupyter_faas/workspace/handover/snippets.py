"""Code snippets that call a deployed function from curl, Python, JavaScript, wsk or a notebook.

Snippets do not contain the API key, but read it from the file in which ``wsk`` stores it. Names,
parameters and URLs are quoted for the language of the snippet.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jupyter_faas.workspace.handover.web_actions import WebAction
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.target_settings import TargetSettings

_FILE = "the file that WSK_CONFIG_FILE names, or from ~/.wskprops if this variable is not set"
_READS_KEY = f"Reads the key from {_FILE}."
_WORD = "REQUIRE_WHISK_AUTH"
_BREAK = " \\\n  "


@dataclass(frozen=True)
class Snippet:
    """A code snippet to copy.

    ``language`` selects the syntax highlighting. ``note`` says what the code requires.
    """

    id: str
    label: str
    language: str
    code: str
    note: str

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "label": self.label,
            "language": self.language,
            "code": self.code,
            "note": self.note,
        }


@dataclass(frozen=True)
class Call:
    """A call of an action with example parameters. ``url`` accepts a POST with the API key."""

    name: str
    url: str
    params: Mapping[str, Any]
    insecure: bool = False

    @property
    def json(self) -> str:
        return json.dumps(self.params, ensure_ascii=False)


def snippets(call: Call) -> tuple[Snippet, ...]:
    """Return all snippets for a call. Each snippet waits for the run and prints its result."""
    return (_curl(call), _python(call), _javascript(call), _wsk(call), _notebook(call))


def web_snippet(web: WebAction, url: str | None, call: Call) -> Snippet | None:
    """Return the curl snippet for a web action, or None without a URL."""
    if url is None:
        return None
    if web.access == "key":
        return Snippet("web", "Web URL", "bash", _with_key(call, url), _READS_KEY)
    header: tuple[str, ...] = ()
    note = "Anyone can call it without a key."
    if web.access == "word":
        header = (f'--header "X-Require-Whisk-Auth: ${_WORD}"',)
        note = (
            "Callers need the value of require-whisk-auth, which this command reads from the "
            f"variable {_WORD}."
        )
    return Snippet("web", "Web URL", "bash", _curl_words(call, url, *header), note)


def _curl(call: Call) -> Snippet:
    code = _with_key(call, f"{call.url}?blocking=true&result=true")
    return Snippet("curl", "curl", "bash", code, _READS_KEY)


def _with_key(call: Call, url: str) -> str:
    # curl removes the argument of --user from the list of processes when it starts.
    key = """$(sed -n 's/^AUTH=//p' "${WSK_CONFIG_FILE:-$HOME/.wskprops}")"""
    return _curl_words(call, url, f'--user "{key}"')


def _curl_words(call: Call, url: str, *options: str) -> str:
    words = ["curl --silent --show-error", *options]
    words += ["--insecure"] if call.insecure else []
    words += ["--header 'Content-Type: application/json'"]
    return _BREAK.join([*words, f"--data-raw {shlex.quote(call.json)}", shlex.quote(url)])


def _python(call: Call) -> Snippet:
    code = f"""\
import os
from pathlib import Path

import requests

file = Path(os.environ.get("WSK_CONFIG_FILE") or Path.home() / ".wskprops")
properties = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
user, key = properties["AUTH"].split(":", 1)
response = requests.post(
    {call.url!r},
    params={{"blocking": "true", "result": "true"}},
    json={dict(call.params)!r},
    auth=(user, key),
    timeout=90,{_more("verify=False", call.insecure)}
)
response.raise_for_status()
print(response.json())"""
    note = f"Needs requests (pip install requests). Reads the key from {_FILE}."
    return Snippet("python", "Python", "python", code, note)


def _more(words: str, wanted: bool) -> str:
    return f"\n    {words}," if wanted else ""


def _javascript(call: Call) -> Snippet:
    name = json.dumps(call.name, ensure_ascii=False)
    options = ", ".join(["apihost", "api_key", *(["ignore_certs: true"] if call.insecure else [])])
    code = f"""\
const fs = require('fs');
const os = require('os');
const path = require('path');
const openwhisk = require('openwhisk');

const file = process.env.WSK_CONFIG_FILE || path.join(os.homedir(), '.wskprops');
const lines = fs.readFileSync(file, 'utf8').matchAll(/^(\\w+)=(.*)$/gm);
const properties = Object.fromEntries([...lines].map(line => line.slice(1)));
const {{ APIHOST: apihost, AUTH: api_key }} = properties;
openwhisk({{ {options} }})
  .actions.invoke({{
    name: {name},
    blocking: true,
    result: true,
    params: {call.json}
  }})
  .then(result => console.log(JSON.stringify(result)));"""
    note = (
        "Needs the npm package openwhisk (npm install openwhisk). Reads the host and the key from "
        f"{_FILE}."
    )
    return Snippet("javascript", "JavaScript", "javascript", code, note)


def _wsk(call: Call) -> Snippet:
    lines = [f"wsk action invoke {shlex.quote(call.name)} --result"]
    if call.insecure:
        lines[0] += " --insecure"
    for name, value in call.params.items():
        # wsk reads a value that is JSON as JSON, and otherwise interprets its backslashes. As JSON,
        # every value arrives as it is.
        written = shlex.quote(json.dumps(value, ensure_ascii=False))
        lines.append(f"  --param {shlex.quote(name)} {written}")
    return Snippet(
        "wsk", "wsk", "bash", " \\\n".join(lines), f"wsk reads the host and the key from {_FILE}."
    )


def _notebook(call: Call) -> Snippet:
    word = call.name.rpartition("/")[2]
    # The name of an action may contain hyphens and dots, which Python names must not contain.
    word = word if word.isidentifier() else "function"
    if all(name.isidentifier() for name in call.params):
        given = ", ".join(f"{name}={value!r}" for name, value in call.params.items())
    else:
        # A name that is not an identifier cannot be a keyword argument.
        given = f"**{dict(call.params)!r}"
    code = f"""\
import jupyter_faas as faas

{word} = faas.function({call.name!r})
{word}({given})"""
    note = "Needs jupyter_faas, with this target selected. To list the targets: %faas target"
    return Snippet("notebook", "Another notebook", "python", code, note)


# Examples are limited to this many characters of JSON. A longer example, such as an image, would
# make the snippet unreadable.
_LONGEST_EXAMPLE = 2000


@dataclass(frozen=True)
class Usage:
    """The snippets that call a function, and shell commands to configure host and API key.

    ``setup`` has the shell commands. ``params_from`` is the source of the parameters: an
    ``example`` of the function, or values invented from its ``schema``.
    """

    name: str
    target: str
    target_label: str
    params: Mapping[str, Any]
    params_from: Literal["example", "schema"]
    setup: str
    snippets: tuple[Snippet, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the usage as JSON, as in ``tests/data/api/usage.json``."""
        return {
            "name": self.name,
            "target": self.target,
            "target_label": self.target_label,
            "params": dict(self.params),
            "params_from": self.params_from,
            "setup": self.setup,
            "snippets": [each.to_json() for each in self.snippets],
        }


@dataclass(frozen=True)
class Deployed:
    """A deployed function. A POST to ``url`` with an API key invokes the function.

    ``web`` and ``web_url`` are set for web actions. ``examples`` contains inputs that the function
    has processed successfully. ``preset`` contains the names of preset parameters, whose values may
    be secret.
    """

    name: str
    url: str
    target: str
    target_label: str
    insecure: bool = False
    schema: Mapping[str, Any] | None = None
    preset: frozenset[str] = frozenset()
    web: WebAction | None = None
    web_url: str | None = None
    examples: tuple[Mapping[str, Any], ...] = ()


def usage(function: Deployed, setup: str) -> Usage:
    """Return the snippets of a function with its setup commands."""
    example = _example(function.examples, function.preset)
    # An example is better than invented values, because the function has processed it.
    params = example or sample_params(function.schema, function.preset)
    call = Call(function.name, function.url, params, function.insecure)
    web = [web_snippet(function.web, function.web_url, call)] if function.web else []
    return Usage(
        name=function.name,
        target=function.target,
        target_label=function.target_label,
        params=params,
        params_from="schema" if example is None else "example",
        setup=setup,
        snippets=(*snippets(call), *filter(None, web)),
    )


def _example(
    examples: Iterable[Mapping[str, Any]], preset: frozenset[str]
) -> dict[str, Any] | None:
    """Return the shortest example without preset parameters, or None if it is still too long."""
    found = [
        {name: value for name, value in each.items() if name not in preset} for each in examples
    ]
    texts = [len(json.dumps(each)) for each in found]
    if not texts or min(texts) > _LONGEST_EXAMPLE:
        return None
    return found[texts.index(min(texts))]


def sample_params(schema: Mapping[str, Any] | None, preset: frozenset[str]) -> dict[str, Any]:
    """Return invented values of the right types for the required parameters."""
    schema = schema or {}
    return _sample_fields(schema, preset, schema.get("$defs", {}))


def _sample_fields(
    schema: Mapping[str, Any], preset: frozenset[str], definitions: Mapping[str, Any]
) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {
        name: _sample(properties[name], definitions)
        for name in schema.get("required", ())
        if name in properties and name not in preset
    }


# Example values of the formats that a string may have.
_FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-31T12:30:00",
    "date": "2026-01-31",
    "time": "12:30:00",
    "duration": "PT1H",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _sample(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        # A recursive class is shown with its required fields, which cannot contain it again.
        name = str(schema["$ref"]).rpartition("/")[2]
        return _sample(definitions.get(name, {}), definitions)
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) and kinds else kinds
    if kind is None and schema.get("anyOf"):
        return _sample(schema["anyOf"][0], definitions)
    if schema.get("x-faas-type") == "decimal.Decimal":
        return "1.00"
    if schema.get("x-faas-type") == "pandas.DataFrame":
        columns = schema.get("items", {}).get("properties", {"column": {"type": "number"}})
        return [{name: _sample(one, definitions) for name, one in columns.items()}]
    if schema.get("x-faas-type") in ("pandas.Series", "numpy.ndarray"):
        return [1.0]
    if kind == "object":
        return _sample_fields(schema, frozenset(), definitions)
    if "prefixItems" in schema:
        return [_sample(one, definitions) for one in schema["prefixItems"]]
    if kind == "string" and schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    samples: Mapping[Any, Any] = {"integer": 1, "number": 1.0, "string": "text", "boolean": True}
    return [] if kind == "array" else samples.get(kind)


# curl, requests, Node.js and wsk (Go) read their CA file from these environment variables.
_TRUST = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")


def setup_of(target: str, data_dir: Path, named: Mapping[str, Any]) -> str:
    """Return shell commands that configure the host and the API key of a target.

    The text is empty for the target ``wskprops``, whose file all tools read. ``named`` maps names
    to the targets in settings.json. Raises TargetNotConfigured.
    """
    if target == PLAYGROUND:
        return file_setup(data_dir / PLAYGROUND / "wskprops")
    if target in named:
        return named_setup(TargetSettings.from_json(target, named[target]))
    return ""


def file_setup(path: Path) -> str:
    """Return the command for a target with its own ``wskprops`` file."""
    return f"export WSK_CONFIG_FILE={shlex.quote(str(path))}"


def named_setup(named: TargetSettings) -> str:
    """Return the commands for a target in settings.json, without the API key itself."""
    lines = [file_setup(Path(named.wskprops)) if named.wskprops else _written(named)]
    if named.ca:
        path = shlex.quote(named.ca)
        lines.append(f"export {' '.join(f'{name}={path}' for name in _TRUST)}")
    return "\n".join(lines)


def _written(named: TargetSettings) -> str:
    file = f"~/.wskprops-{named.name}"
    key = (
        f'"$(cat {shlex.quote(named.auth_file)})"'
        if named.auth_file
        else f'"${named.auth_variable}"'
    )
    form, values = "APIHOST=%s\\nAUTH=%s\\n", [shlex.quote(named.apihost), key]
    if named.namespace:
        form, values = f"{form}NAMESPACE=%s\\n", [*values, shlex.quote(named.namespace)]
    return "\n".join(
        [
            # The umask makes the new file readable only by its owner, because it contains the API
            # key.
            f"(umask 077; printf '{form}' {' '.join(values)} > {file})",
            f"export WSK_CONFIG_FILE={file}",
        ]
    )
