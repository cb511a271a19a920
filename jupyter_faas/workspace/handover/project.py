"""Export functions as a project directory that a developer deploys with wskdeploy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, MachineError
from jupyter_faas.workspace.compositions.dependencies import in_order
from jupyter_faas.workspace.handover.openapi import document
from jupyter_faas.workspace.handover.project_texts import readme, workflow
from jupyter_faas.workspace.handover.web_actions import web_action_of
from jupyter_faas.workspace.handover.wsk_commands import annotation_file, annotation_files
from jupyter_faas.workspace.handover.wskdeploy import MARK, manifest_text

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project_function import ProjectFunction

MANIFEST = "manifest.yaml"
OPENAPI = "openapi.json"
ACTIONS = "actions"

# The host and the namespace are unknown at export time, so the URL is relative to the host and the
# namespace is a variable of the document.
_SERVER = {
    "url": "/api/v1/web/{namespace}",
    "description": "Relative to the host where the project is deployed.",
    "variables": {
        "namespace": {
            "default": "guest",
            "description": "The namespace where the project is deployed.",
        }
    },
}


def project(functions: Iterable[ProjectFunction], notebook: str) -> dict[str, bytes]:
    """Return the files of a project by path. ``notebook`` is the file name of the source."""
    ordered = _ordered(list(functions))
    files: dict[str, bytes] = {}
    for function in ordered:
        files[function.zip] = function.bundle.data
        files |= {f"models/{sha256}.onnx": onnx for sha256, onnx in function.models.items()}
    made = manifest_text(ordered, notebook)
    texts = {
        MANIFEST: made.text,
        "ci/deploy.yml": workflow(ordered, notebook),
        **annotation_files(ordered),
    }
    web = [
        web_action_of(function.name, function.annotations, function.record.parameters)
        for function in ordered
    ]
    found = [each for each in web if each is not None]
    if found:
        title = notebook.removesuffix(".ipynb")
        described = document(found, title=title, server=_SERVER)
        texts[OPENAPI] = f"{json.dumps(described, indent=2, ensure_ascii=False)}\n"
    texts["README.md"] = readme(ordered, notebook, made.variables, found)
    files |= made.files
    # A docstring may contain a lone surrogate, which cannot be encoded.
    return {**{path: text.encode("utf-8", "replace") for path, text in texts.items()}, **files}


def _ordered(functions: list[ProjectFunction]) -> list[ProjectFunction]:
    """Return the functions in deploy order. A composition follows the functions that it calls."""
    from jupyter_faas.composer import called_actions, parse

    cards: dict[str, Mapping[str, Any]] = {}
    for function in functions:
        document = function.composition
        called = called_actions(parse(document["ast"])) if document else {}
        names = [{"name": name.removeprefix("/_/")} for name in called]
        # ``in_order`` reads the calls of a composition from a card, so build minimal cards.
        cards[function.name] = {"composition": {"actions": names}}
    by_name = {function.name: function for function in functions}
    return [by_name[name] for name in in_order(by_name, cards)]


def check_folder(folder: Path) -> None:
    """Raise InputError unless the directory is missing, empty, or an earlier export."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(
            f"{str(folder)!r} is a file.", hint=f"For example: {folder.with_suffix('')}-project"
        )
    manifest = folder / MANIFEST
    is_ours = manifest.is_file() and manifest.read_bytes().startswith(MARK.encode())
    if not is_ours and any(folder.iterdir()):
        raise InputError(
            f"{str(folder)!r} contains other files.",
            hint=f"For example: {folder / 'project'}, or the folder of an earlier export.",
        )


def write_project(folder: Path, functions: Iterable[ProjectFunction], notebook: str) -> list[str]:
    """Write the files and return their paths below ``folder``.

    Packages that only an earlier export wrote are deleted. Other files stay. Raises MachineError if
    the folder cannot be used, and InputError if writing fails for another reason.
    """
    files = project(functions, notebook)
    try:
        for path in _earlier_files(folder) - files.keys():
            (folder / path).unlink(missing_ok=True)
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except OSError as error:
        known = MachineError.from_os_error(error)
        raise known or InputError(f"Cannot write to {folder}: {error.strerror}.") from error
    return sorted(files)


def _earlier_files(folder: Path) -> set[str]:
    """Return the paths of the packages and the OpenAPI document that an earlier export wrote."""
    import yaml

    try:
        text = (folder / MANIFEST).read_text("utf-8")
        packages = yaml.safe_load(text)["packages"] if text.startswith(MARK) else {}
        named = [
            action["function"]
            for package in packages.values()
            for action in package.get("actions", {}).values()
            if "function" in action
        ]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        # The manifest is missing or was edited, so it does not show which files an export wrote.
        return set()
    # The manifest may have been edited. A file outside the actions directory must not be deleted.
    actions = (folder / ACTIONS).resolve()
    ours = {path for path in named if (folder / path).resolve().is_relative_to(actions)}
    described = {annotation_file(path.removeprefix(f"{ACTIONS}/")[:-4]) for path in ours}
    return ours | described | {OPENAPI}
