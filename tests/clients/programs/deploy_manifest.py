"""``python deploy_manifest.py APIHOST``: puts what manifest.yaml names there, as wskdeploy does.

Run in the folder of a project, with the key in ``AUTH`` and a value in each variable that its
README names. Knows OpenWhisk's REST API and YAML, and nothing of Jupyter.
"""

import base64
import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

import yaml

APIHOST = sys.argv[1]
AUTH = base64.b64encode(os.environ["AUTH"].encode()).decode()


def put(kind: str, name: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{APIHOST}/api/v1/namespaces/_/{kind}/{name}?overwrite=true",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Basic {AUTH}", "Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request) as response:
        print(kind, name, json.load(response)["version"])


def filled(value: Any) -> Any:
    """``$NAME`` as the environment has it."""
    if isinstance(value, str) and value.startswith("$"):
        return os.environ[value.removeprefix("$")]
    return value


def parameter(entry: dict[str, Any]) -> Any:
    value = filled(entry["value"])
    return value if entry["type"] == "string" else json.loads(value)


def action(entry: dict[str, Any]) -> dict[str, Any]:
    file = Path(entry["function"])
    exec_ = {"kind": entry["runtime"], "code": file.read_text() if file.suffix != ".zip" else ""}
    if file.suffix == ".zip":
        exec_["code"] = base64.b64encode(file.read_bytes()).decode()
    limits = entry.get("limits", {})
    names = {"timeout": "timeout", "memorySize": "memory"}
    annotations = {key: filled(value) for key, value in entry.get("annotations", {}).items()}
    if entry.get("web"):
        annotations |= {"web-export": True, "final": True}
    inputs = {key: parameter(value) for key, value in entry.get("inputs", {}).items()}
    return {
        "exec": exec_,
        "limits": {names[key]: value for key, value in limits.items()},
        "parameters": [{"key": key, "value": value} for key, value in inputs.items()],
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
    }


for package, contents in yaml.safe_load(Path("manifest.yaml").read_text())["packages"].items():
    prefix = "" if package == "default" else f"{package}/"
    if prefix:
        put("packages", package, {})
    for name, entry in contents["actions"].items():
        put("actions", prefix + name, action(entry))
    for name, entry in contents.get("sequences", {}).items():
        components = [f"/_/{each.strip()}" for each in entry["actions"].split(",")]
        put("actions", prefix + name, {"exec": {"kind": "sequence", "components": components}})
