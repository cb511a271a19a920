"""The verb ``image``, which writes the Dockerfile of a container image or checks an image."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.runtime_images import runtime_image
from jupyter_faas.workspace.packaging.container_image import (
    BASES,
    MODEL_NEEDS,
    ImageFacts,
    base_image,
    dockerfile,
    write_dockerfile,
)
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "output", "The folder for the Dockerfile. Default: the current folder.", "--output", "DIR"
    ),
    Argument(
        "python",
        f"The Python version of the image: {', '.join(BASES)}. Default: the version of --base if "
        "it is known, and otherwise that of this environment.",
        "--python",
        "VERSION",
    ),
    Argument(
        "add",
        "A distribution to install in addition to numpy and onnxruntime: NAME (for the "
        "version that is installed here) or NAME==VERSION. Repeatable.",
        "--add",
        "NAME",
        "many",
    ),
    Argument("base", "The base image of the Dockerfile.", "--base", "IMAGE"),
    Argument(
        "check",
        "Instead of writing a Dockerfile, run this image on the target and show which of the "
        "required libraries it contains.",
        "--check",
        "IMAGE",
    ),
)

_WRITING = ("output", "python", "base")


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Write a Dockerfile or check an image.

    The value is the path of the Dockerfile, or an ImageFacts.
    """
    if arguments.check is not None:
        for name in _WRITING:
            if getattr(arguments, name) is not None:
                raise InputError(f"--{name} cannot be combined with --check.")
        names = tuple(name for name, _ in map(_split, (*MODEL_NEEDS, *(arguments.add or ()))))
        return _checked(
            workspace.packages.check_image(arguments.check, names, progress=progress), workspace
        )
    return _written(workspace, arguments, progress)


def _written(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    own = ".".join(platform.python_version_tuple()[:2])
    known = runtime_image("", arguments.base or "")
    python = arguments.python or (known.python if known else own)
    if known and python != known.python:
        raise InputError(
            f"{arguments.base} has Python {known.python}, not {python}.",
            hint="Leave --python out, or choose another image with --base.",
        )
    base = arguments.base or base_image(python)
    added = dict(map(_split, arguments.add or ()))
    wanted = {name: added.get(name) or _installed(name) for name in (*MODEL_NEEDS, *added)}
    if python != own:
        # The version that is installed here may not have a wheel for another Python.
        wanted = workspace.packages.wheel_versions(wanted, python, progress=progress)
    folder = Path(arguments.output or ".").expanduser().absolute()
    path = write_dockerfile(folder, dockerfile(python, base, wanted))
    pins = [f"{name} {version}" for name, version in sorted(wanted.items())]
    return Outcome(
        path,
        {"dockerfile": str(path), "base": base, "python": python, "requirements": wanted},
        (
            f"Wrote {path}: {base} with {', '.join(pins)}.",
            "Build and push the image with the commands at the top of the Dockerfile. To check "
            "the image on the target: %faas image --check IMAGE",
        ),
    )


def _split(word: str) -> tuple[str, str]:
    name, _, version = word.partition("==")
    # With a version range, two builds of the same Dockerfile could differ.
    if not name.strip() or any(sign in name for sign in "<>=!~ ;"):
        raise InputError(f"--add {word}: write NAME or NAME==VERSION.")
    return name.strip(), version.strip()


def _installed(name: str) -> str:
    try:
        # A local version such as 2.1.0+cpu is not on PyPI.
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError as error:
        raise InputError(
            f"{name} is not installed here, so its version is unknown.",
            hint=f"Give the version: --add {name}==VERSION",
        ) from error


def _checked(facts: ImageFacts, workspace: Workspace) -> Outcome:
    lines = []
    for name, each in facts.found.items():
        words = each.get("version") or f"missing ({each.get('error', 'no reason given')})"
        lines.append(f"  {name:<14}{words}")
    label = workspace.target.label
    if facts.sound:
        head = f"{facts.image} has everything that actions need on {label}: Python {facts.python}."
        return Outcome(facts, facts.to_json(), (head, *lines))
    head = f"{facts.image} does not have everything that actions need on {label}."
    if facts.model:
        lines.append(f"  a small test model does not run: {facts.model}")
    added = "".join(f" --add {name}" for name in facts.found if name not in MODEL_NEEDS)
    cure = f"To write a Dockerfile for an image that has everything: %faas image{added}"
    return Outcome(facts, facts.to_json(), (head, *lines, cure), failed=True)
