"""The verb ``models``, which lists or removes models that are stored outside packages."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "remove"),
    ),
    Argument(
        "sha256",
        "The sha256 of the model to remove, or the beginning of it.",
        metavar="SHA256",
        kind="optional",
    ),
)

# Tables show this many characters of a sha256. Users must type at least ``_FEWEST`` characters.
_SHOWN = 12
_FEWEST = 6
# An error names this many models.
_NAMED = 5


@dataclass(frozen=True)
class ListedModel:
    """A model that is stored outside packages.

    ``size`` is in bytes. ``stored`` is true if the model is in the target's model store, and
    ``here`` if it is on this disk. ``used_by`` names the functions on the target that need it.
    """

    sha256: str
    size: int
    stored: bool
    here: bool
    used_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "used_by": list(self.used_by)}


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the models or remove one of them.

    The value is the list of ListedModels, or the removed ListedModel.
    """
    if (arguments.action == "remove") != (arguments.sha256 is not None):
        raise InputError(
            "models remove needs the sha256 of a model."
            if arguments.action == "remove"
            else "models list does not take a sha256.",
            hint="To remove a model: %faas models remove SHA256\n"
            "To list the models: %faas models list",
        )
    # What uses a model is known only while the target answers.
    workspace.playground.wake(progress)
    progress("Loading the models…")
    found = _listed(workspace)
    if arguments.action == "remove":
        return _remove(workspace, _chosen(arguments.sha256, found))
    return Outcome(found, {"models": [one.to_json() for one in found]}, _table(found))


def _listed(workspace: Workspace) -> list[ListedModel]:
    models = workspace.models
    # Ask the target first. If the target does not answer, an error is better than a list of only
    # the local models.
    # A playground that has never been started has neither functions nor a store.
    stores = models.setting() is not None and bool(workspace.target.apihost)
    users = workspace.functions() if stores else []
    here = dict(models.files.sizes())
    kept = models.store().list() if stores else []
    stored = {one.sha256: one.size for one in kept}
    return [
        ListedModel(
            sha256=sha256,
            size=size,
            stored=sha256 in stored,
            here=sha256 in here,
            used_by=tuple(sorted(each.name for each in users if sha256 in each.models)),
        )
        for sha256, size in sorted({**here, **stored}.items(), key=lambda item: -item[1])
    ]


def _chosen(words: str, found: list[ListedModel]) -> ListedModel:
    fitting = [one for one in found if one.sha256.startswith(words.lower())]
    if not fitting:
        raise InputError(
            f"No model matches {words!r}.", hint="To list the models: %faas models list"
        )
    if len(words) < _FEWEST or len(fitting) != 1:
        names = [one.sha256[:_SHOWN] for one in fitting]
        raise InputError(
            f"{words!r} does not identify a single model.",
            hint=f"Models that begin with {words!r}: {', '.join(names[:_NAMED])}",
        )
    return fitting[0]


def _remove(workspace: Workspace, model: ListedModel) -> Outcome:
    name = f"{model.sha256[:_SHOWN]}…"
    # Functions that use a removed model would fail at their next cold start.
    if model.used_by:
        raise InputError(
            f"The model {name} is used by {', '.join(model.used_by)}.",
            hint="First remove what uses it:\n"
            + "\n".join(f"%faas remove {each}" for each in model.used_by),
        )
    if model.stored:
        workspace.models.store().remove(model.sha256)
    workspace.models.files.remove(model.sha256)
    return Outcome(
        model,
        {"removed": model.sha256},
        (
            f"Removed the model {name} ({text.size(model.size)}). Before you deploy a function "
            "that uses this model, run the function's cell again.",
        ),
    )


def _table(found: list[ListedModel]) -> tuple[str, ...]:
    if not found:
        return ("There are no models outside packages.",)
    rows = [
        (
            one.sha256[:_SHOWN],
            text.size(one.size),
            "store" if one.stored else "",
            "here" if one.here else "",
            ", ".join(map(shown_name, one.used_by)) or text.MISSING,
        )
        for one in found
    ]
    total = f"{len(found):,} models, {text.size(sum(one.size for one in found))}"
    lines = text.table(("MODEL", "SIZE", "STORE", "DISK", "USED BY"), rows, {"SIZE"})
    return (*lines, total) if len(found) > 1 else lines
