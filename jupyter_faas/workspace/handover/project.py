"""A project that a developer deploys without Jupyter: what its files are. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import composition_of
from jupyter_faas.workspace.deploy import annotations_of
from jupyter_faas.workspace.handover.ci import workflow
from jupyter_faas.workspace.handover.exported import exported
from jupyter_faas.workspace.handover.openapi import document
from jupyter_faas.workspace.handover.readme import readme
from jupyter_faas.workspace.handover.wskdeploy import manifest_text
from jupyter_faas.workspace.ordering import in_order

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord

MANIFEST = "manifest.yaml"
OPENAPI = "openapi.json"
ACTIONS = "actions"

# Where a host serves web actions; which host and whose namespace, the caller knows.
_SERVER = {
    "url": "/api/v1/web/{namespace}",
    "description": "Below the address of the host that the project was deployed to.",
    "variables": {"namespace": {"default": "guest", "description": "Where it was deployed."}},
}


@dataclass(frozen=True)
class ProjectFunction:
    """A function or composition of a project. ``models``: by sha256, those that lie outside."""

    record: PackageRecord
    bundle: Bundle
    models: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """``name`` or ``package/name``."""
        return self.record.name

    @property
    def zip(self) -> str:
        """The path of its bundle."""
        return f"actions/{self.name}.zip"

    @property
    def composition(self) -> Mapping[str, Any] | None:
        """composition.json, of a composition."""
        return composition_of(self.bundle)

    @property
    def annotations(self) -> dict[str, Any]:
        """Those of the action, but for what only this machine knows."""
        found = annotations_of(self.record, self.bundle)
        found.pop("faas-environment", None)
        return found

    def variable(self, word: str) -> str:
        """The environment variable of one of its secrets: ``MODELS_IRIS_UNIT``."""
        return re.sub(r"[^A-Z0-9]", "_", f"{self.name}_{word}".upper()).lstrip("0123456789_")


def project(functions: Iterable[ProjectFunction], notebook: str) -> dict[str, bytes]:
    """The files by their paths. ``notebook`` is the file name of where they came from."""
    ordered = _ordered(list(functions))
    files: dict[str, bytes] = {}
    for function in ordered:
        files[function.zip] = function.bundle.data
        files |= {f"models/{sha256}.onnx": onnx for sha256, onnx in function.models.items()}
    made = manifest_text(ordered, notebook)
    texts = {
        MANIFEST: made.text,
        "ci/deploy.yml": workflow(ordered, notebook),
    }
    web = [
        exported(function.name, function.annotations, function.record.parameters)
        for function in ordered
    ]
    found = [each for each in web if each is not None]
    if found:
        title = notebook.removesuffix(".ipynb")
        described = document(found, title=title, server=_SERVER)
        texts[OPENAPI] = f"{json.dumps(described, indent=2, ensure_ascii=False)}\n"
    texts["README.md"] = readme(ordered, notebook, made.variables, found)
    files |= made.files
    return {**{path: text.encode("utf-8", "replace") for path, text in texts.items()}, **files}


def _ordered(functions: list[ProjectFunction]) -> list[ProjectFunction]:
    """A composition after those that it calls."""
    from jupyter_faas.composer import called_actions, parse

    cards: dict[str, Mapping[str, Any]] = {}
    for function in functions:
        document = function.composition
        called = called_actions(parse(document["ast"])) if document else {}
        names = [{"name": name.removeprefix("/_/")} for name in called]
        cards[function.name] = {"composition": {"actions": names}}
    by_name = {function.name: function for function in functions}
    return [by_name[name] for name in in_order(by_name, cards)]
