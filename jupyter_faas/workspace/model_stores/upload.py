"""Upload models that are stored outside a package to the target's model store, before a deploy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.errors import ModelStoreError
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.workspace import text
from jupyter_faas.workspace.model_stores.stores import open_store
from jupyter_faas.workspace.targets.model_store_setting import (
    ModelStoreSetting,
    model_store_hint,
)

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, ModelFiles
    from jupyter_faas.client import Target
    from jupyter_faas.whisk import Action

# This parameter of an action contains the URLs of its models (see shipped/action/model_store.py).
LOCATIONS = "FAAS_MODELS"


@dataclass(frozen=True)
class Placed:
    """The environment variables that a deploy adds to an action: model URLs and secrets.

    ``addresses`` maps the sha256 of uploaded models to their URLs, which are secret, because they
    may be signed. ``secrets`` maps the names of secrets to their values.
    """

    addresses: dict[str, str] = field(default_factory=dict, repr=False)
    warning: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The parameters to add to the action.

        ``init`` makes OpenWhisk set them as environment variables, so that the function does not
        receive them as parameters, and records of runs do not contain them.
        """
        return [{"key": key, "value": each, "init": True} for key, each in self.as_dict().items()]

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters to add to the action by name."""
        return {**({LOCATIONS: self.addresses} if self.addresses else {}), **self.secrets}


def place(
    bundle: Bundle,
    models: ModelFiles,
    setting: ModelStoreSetting | None,
    target: Target,
    progress: Callable[[str], None],
    *,
    anew: bool = False,
) -> Placed:
    """Upload the models of a bundle that the store does not have, or with ``anew`` all models.

    ``progress`` is called with messages. Raises ModelNotFound if a model is not on this disk, and
    ModelStoreError if the target does not have a store or the upload fails.
    """
    wanted = stored_models(bundle.manifest)
    if not wanted:
        return Placed()
    if setting is None:
        largest = max(wanted, key=lambda model: model.size)
        raise ModelStoreError(
            f"{target.label} has no model store, and the model {largest.name!r} "
            f"({text.size(largest.size)}) is too large for the package.",
            hint=model_store_hint(target.name),
        )
    store = open_store(setting, target)
    addresses = {}
    for model in wanted:
        path = models.path(model)
        words = f"Storing the model {model.name} in the {store.label}… · "
        progress(words + text.size(model.size))
        report = _UploadProgress(words, model.size, progress)
        addresses[model.sha256] = store.put(model.sha256, path, report, anew=anew)
    return Placed(addresses, store.warning)


def own_parameters(action: Action) -> dict[str, Any]:
    """Return an action's parameters, without those that become environment variables.

    Those are the URLs of models and secrets. A deploy adds them, and no record may contain them.
    """
    return as_dict(each for each in action.parameters if not each.init)


def secret_names(action: Action) -> tuple[str, ...]:
    """Return the names of an action's secrets, sorted."""
    found = (each.key for each in action.parameters if each.init and each.key != LOCATIONS)
    return tuple(sorted(found))


class _UploadProgress:
    """A callback that reports the progress of an upload after each tenth of the file."""

    def __init__(self, words: str, size: int, progress: Callable[[str], None]) -> None:
        self._words = words
        self._size = size
        self._progress = progress
        self._tenths = 0

    def __call__(self, sent: int) -> None:
        tenths = sent * 10 // max(self._size, 1)
        if tenths > self._tenths:
            self._tenths = tenths
            shown = f"{text.size(sent)} of {text.size(self._size)}"
            self._progress(f"{self._words}{shown}")
