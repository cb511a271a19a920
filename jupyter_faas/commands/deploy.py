"""The verb ``deploy``: a function of this kernel, or the functions of a notebook, to any targets.

A notebook is judged as a whole before the first upload: whether every target answers, whether every
clean-room test passes, and whether every function fits its target. If a deploy still fails in the
middle, the outcome lists what is deployed and what is not, for each target.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import CLI_ONLY, MAGIC_ONLY, Argument, Outcome
from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.commands.history import FORCE
from jupyter_faas.commands.rollouts.verbs import CANARY_OPTIONS, is_beside, send
from jupyter_faas.errors import FaasError, TargetNotConfigured
from jupyter_faas.workspace.naming import check_secret_name, named_error, pick_function
from jupyter_faas.workspace.packaging.dependencies import check_either
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.notebook_target import recorded_target
from jupyter_faas.workspace.text import Verbatim

if TYPE_CHECKING:
    from jupyter_faas.workspace.notebook import NotebookFunction
    from jupyter_faas.workspace.results import Deployment
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "notebook",
        "The notebook. It runs in a fresh kernel, and its functions are deployed.",
        metavar="NOTEBOOK.ipynb",
        surfaces=CLI_ONLY,
    ),
    Argument(
        "functions",
        "Deploy only this function. Repeatable.",
        "--function",
        "NAME",
        kind="many",
        surfaces=CLI_ONLY,
        names_function=True,
    ),
    Argument(
        "name",
        "A function of this notebook, with or without its package.",
        metavar="NAME",
        surfaces=MAGIC_ONLY,
        names_function=True,
    ),
    Argument(
        "vendor",
        "Include the requirements of each function in its package, as --vendor does in a cell.",
        "--vendor",
        kind="switch",
        surfaces=CLI_ONLY,
    ),
    Argument(
        "image",
        "Run each function in this container image, as --image does in a cell.",
        "--image",
        "IMAGE",
        surfaces=CLI_ONLY,
    ),
    Argument(
        "secrets",
        "Set this environment variable for each function, as --secret does in a cell. Repeatable.",
        "--secret",
        "NAME",
        kind="many",
        surfaces=CLI_ONLY,
    ),
    Argument(
        "shadow",
        "Deploy the new version as NAME-shadow, which receives copies of the calls. Its answers "
        "are compared with those of NAME, but not returned to callers.",
        "--shadow",
        kind="switch",
    ),
    *CANARY_OPTIONS,
    FORCE,
)


@dataclass
class Place:
    """A target, with what was deployed there, what was not, and the error, if there was one."""

    workspace: Workspace
    done: list[Deployment] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    error: FaasError | None = None

    @property
    def name(self) -> str:
        return self.workspace.target_name

    def lines(self) -> list[str]:
        """Return the lines about this target, of several."""
        found = [line for one in self.done for line in deployed_lines(one, f": {one.url}")]
        if self.error is not None:
            missing = f" Not deployed: {', '.join(self.left)}." if self.left else ""
            found.append(Verbatim(f"{self.name}: {self.error.message}{missing}"))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what was deployed, and only after a failure what was not and why."""
        deployed: dict[str, Any] = {"deployments": [one.to_json() for one in self.done]}
        if self.error is None:
            return deployed
        return {**deployed, "not_deployed": self.left, "error": self.error.to_json()}


def workspaces_of(workspace: Workspace, targets: Sequence[str]) -> list[Workspace]:
    """Return a workspace for each target. ``workspace`` is that of the first target.

    Raises TargetNotConfigured for an unknown target.
    """
    return [workspace, *map(workspace.at, list(dict.fromkeys(targets))[1:])]


def deploy(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy one function of this kernel, or (CLI) the functions of a notebook.

    Without ``--target``, a notebook goes to the target that it records, else to the current one.
    The value is a Deployment, or a list of Deployments for a notebook or several targets.
    """
    notebook = getattr(arguments, "notebook", None)
    if notebook is not None and not arguments.targets:
        workspace = _workspace_of_notebook(workspace, Path(notebook))
    places = [Place(each) for each in workspaces_of(workspace, arguments.targets)]
    if notebook is None:
        return _deploy_function(places, arguments, progress)
    return _deploy_notebook(places, arguments, progress)


def _workspace_of_notebook(workspace: Workspace, path: Path) -> Workspace:
    """Return the workspace of the target that a notebook file records, or the given one.

    Raises InputError if the file is not a notebook, and TargetNotConfigured for an unknown target,
    because a deploy to another one would surprise.
    """
    from jupyter_faas.workspace.notebook import read_notebook

    name = recorded_target(read_notebook(path).get("metadata"))
    if name is None:
        return workspace
    names = workspace.target_registry.names()
    if name not in names:
        raise TargetNotConfigured(
            f"{path.name} uses the target {name!r}, which is not configured on this machine.",
            hint=f"To add it: %faas target add {name} --wskprops FILE\nTo deploy to another "
            f"target, use --target NAME\nTargets: {', '.join(names)}",
        )
    return workspace.at(name)


def _deploy_function(
    places: list[Place], arguments: argparse.Namespace, progress: Progress
) -> Outcome:
    name = pick_function(arguments.name, arguments.packages)
    package = arguments.packages[name]
    for place in places:
        try:
            if arguments.before_deploy is not None:
                arguments.before_deploy(place.workspace)
            place.done.append(send(place.workspace, package, arguments, progress))
        except FaasError as error:  # noqa: PERF203 - the other targets still get it
            place.error, place.left = error, [name]
    if len(places) == 1:
        (place,) = places
        if place.error is not None:
            raise place.error
        # The line omits the URL, because a notebook would turn it into a link, which does not work
        # without the API key.
        return Outcome(place.done[0], place.done[0].to_json(), deployed_lines(place.done[0]))
    return _outcome_of_several(places, {})


def _deploy_notebook(
    places: list[Place], arguments: argparse.Namespace, progress: Progress
) -> Outcome:
    from jupyter_faas.workspace.notebook import read_notebook, run_notebook

    path = Path(arguments.notebook)
    read_notebook(path)  # Raises InputError before anything that takes time.
    # The options are checked before the notebook runs, because the run may take a while.
    check_either(path.name, vendor=arguments.vendor, image=arguments.image)
    secrets = [check_secret_name(name) for name in arguments.secrets or ()]
    if secrets:
        # The notebook's kernel inherits the environment variables of this process.
        places[0].workspace.secrets.provide(secrets)
    _ask_targets(places, progress)
    found = run_notebook(
        path,
        data_dir=places[0].workspace.data_dir,
        functions=arguments.functions or (),
        progress=progress,
    )
    return deploy_found(places, found, arguments, progress)


def deploy_found(
    places: list[Place],
    found: Sequence[NotebookFunction],
    arguments: argparse.Namespace,
    progress: Progress,
) -> Outcome:
    """Deploy the functions of a notebook that has run.

    Raises the error if there is one target, and nothing was deployed there.
    """
    path = Path(arguments.notebook)
    for place in places:
        # A place with an error did not answer before the notebook ran.
        if place.error is not None:
            place.left = [one.name for one in found if one.selected]
        else:
            _deploy_to(place, found, arguments, progress)
    if len(places) > 1:
        return _outcome_of_several(places, {"notebook": path.name})
    (place,) = places
    if place.error is not None and not place.done:
        raise place.error
    lines = tuple(line for one in place.done for line in deployed_lines(one, f": {one.url}"))
    error = place.error and _halfway(place.error, place)
    return Outcome(place.done, {"notebook": path.name, **place.to_json()}, lines, error=error)


def _ask_targets(places: list[Place], progress: Progress) -> None:
    """Note the error of each target that does not answer or refuses its key.

    The playground is not asked, because it is started when it is needed. Raises the first error if
    no target is left.
    """
    for place in places:
        if place.name == PLAYGROUND:
            continue
        progress(f"Checking {place.name}…")
        try:
            place.workspace.target_registry.check(place.name, patient=True).require()
        except FaasError as error:
            place.error = error
    errors = [place.error for place in places if place.error is not None]
    if len(errors) == len(places):
        raise errors[0]


def _deploy_to(
    place: Place,
    found: Sequence[NotebookFunction],
    arguments: argparse.Namespace,
    progress: Progress,
) -> None:
    workspace = place.workspace
    folder = Path(arguments.notebook).resolve().parent
    names: list[str] = []
    sent = ""
    try:
        # Functions that a selected composition calls are deployed only if the target does not have
        # them.
        chosen = [one for one in found if one.selected or not workspace.has(one.name)]
        names = [one.name for one in chosen]
        packages = {one.name: one.package for one in chosen}
        secrets = getattr(arguments, "secrets", None) or ()
        for name, package in packages.items():
            # The test needs the values of the secrets, and runs what is sent: with the wheels that
            # this target lacks.
            if secrets or arguments.vendor or arguments.image:
                package = workspace.packages.adapt(
                    package,
                    vendor=arguments.vendor,
                    image=arguments.image,
                    secrets=secrets,
                    progress=progress,
                )
            packages[name] = workspace.packages.fit(package, progress=progress)
            # A test that has passed once is not repeated for another target.
            workspace.clean_rooms.test(packages[name], progress, folder)
            for note in workspace.packages.notes(packages[name]):
                progress(f"Note on {name}: {note}")
        if not is_beside(arguments):
            workspace.deployments.check(packages.values(), force=arguments.force)
        for name, package in packages.items():
            progress(f"Deploying {name}…")
            sent = name
            place.done.append(send(workspace, package, arguments, progress))
    except FaasError as error:
        place.left = names[len(place.done) :]
        # An error while packages are sent may not say which function it is about.
        place.error = named_error(error, sent) if sent else error


def _halfway(error: FaasError, place: Place) -> FaasError:
    """Return the error with what is deployed and what is not."""
    halves = (
        f"Deployed: {', '.join(one.name for one in place.done)}.",
        f"Not deployed: {', '.join(place.left)}.",
    )
    found = copy.copy(error)
    found.hint = "\n".join(filter(None, (*halves, error.hint)))
    return found


def _outcome_of_several(places: list[Place], first: dict[str, Any]) -> Outcome:
    done = [one for place in places for one in place.done]
    errors = [place.error for place in places if place.error is not None]
    error = None
    if errors:
        error = copy.copy(errors[0])
        error.message = f"{len(errors)} of {len(places)} targets failed."
        failed = next(place for place in places if place.error is not None)
        error.hint = f"{failed.name}: {errors[0].hint}" if errors[0].hint else ""
    json = {**first, "targets": {place.name: place.to_json() for place in places}}
    lines = tuple(line for place in places for line in place.lines())
    return Outcome(done, json, lines, error=error)
