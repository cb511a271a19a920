"""The snippets of "Use it from". No key is in any: each reads it where ``wsk`` keeps it. Pure.

What a function or its user has named (names, parameters, addresses) is quoted for its language.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.workspace.handover.exported import Exported

_FILE = "the file that WSK_CONFIG_FILE names, else from ~/.wskprops"
_READS_KEY = f"Reads the key from {_FILE}."
_WORD = "REQUIRE_WHISK_AUTH"
_BREAK = " \\\n  "


@dataclass(frozen=True)
class Snippet:
    """A text to copy. ``language`` is that of its colours; ``note`` says what it needs."""

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
    """``url`` is the action's, for a POST with the key."""

    name: str
    url: str
    params: Mapping[str, Any]
    insecure: bool = False

    @property
    def json(self) -> str:
        return json.dumps(self.params, ensure_ascii=False)


def snippets(call: Call) -> tuple[Snippet, ...]:
    """curl, Python, JavaScript, wsk and another notebook; each waits, and prints the result."""
    return (_curl(call), _python(call), _javascript(call), _wsk(call), _notebook(call))


def web_snippet(web: Exported, url: str | None, call: Call) -> Snippet | None:
    """curl for a web action, as its callers use it, who may have no key."""
    if url is None:
        return None
    if web.access == "key":
        return Snippet("web", "Web address", "bash", _with_key(call, url), _READS_KEY)
    header: tuple[str, ...] = ()
    note = "Anybody can call it: it needs no key."
    if web.access == "word":
        header = (f'--header "X-Require-Whisk-Auth: ${_WORD}"',)
        note = f"Whoever calls it needs the word that it asks for, here in {_WORD}."
    return Snippet("web", "Web address", "bash", _curl_words(call, url, *header), note)


def _curl(call: Call) -> Snippet:
    code = _with_key(call, f"{call.url}?blocking=true&result=true")
    return Snippet("curl", "curl", "bash", code, _READS_KEY)


def _with_key(call: Call, url: str) -> str:
    # Its words would show in the list of processes; what it reads does not.
    file = '"${WSK_CONFIG_FILE:-$HOME/.wskprops}"'
    reading = f"sed -n 's/^AUTH=\\(.*\\)/user = \"\\1\"/p' {file} |"
    curl = _curl_words(call, url, "--config -").replace(_BREAK, f"{_BREAK}  ")
    return f"{reading}{_BREAK}{curl}"


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
    note = f"Needs npm's openwhisk (npm install openwhisk). Reads host and key from {_FILE}."
    return Snippet("javascript", "JavaScript", "javascript", code, note)


def _wsk(call: Call) -> Snippet:
    lines = [f"wsk action invoke {shlex.quote(call.name)} --result"]
    if call.insecure:
        lines[0] += " --insecure"
    for name, value in call.params.items():
        lines.append(f"  --param {shlex.quote(name)} {shlex.quote(_wsk_value(value))}")
    return Snippet(
        "wsk", "wsk", "bash", " \\\n".join(lines), f"wsk reads host and key from {_FILE}."
    )


def _wsk_value(value: Any) -> str:
    """wsk takes a value for JSON where it is some, else for a string."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value, ensure_ascii=False)


def _notebook(call: Call) -> Snippet:
    word = call.name.rpartition("/")[2]
    word = word if word.isidentifier() else "function"
    if all(name.isidentifier() for name in call.params):
        given = ", ".join(f"{name}={value!r}" for name, value in call.params.items())
    else:
        given = f"**{dict(call.params)!r}"
    code = f"""\
import jupyter_faas as faas

{word} = faas.function({call.name!r})
{word}({given})"""
    note = "Needs jupyter_faas, and this target in use there: %faas target lists them."
    return Snippet("notebook", "Another notebook", "python", code, note)
