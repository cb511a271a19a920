"""ModelService, for models outside packages: their local copies and the target's model store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.bundle import ModelFiles, stored_models
from jupyter_faas.errors import ModelStoreError
from jupyter_faas.workspace.model_stores.stores import ModelStore, open_store
from jupyter_faas.workspace.model_stores.upload import LOCATIONS, Placed, place
from jupyter_faas.workspace.results import silent
from jupyter_faas.workspace.targets.model_store_setting import (
    STORE_VARIABLE,
    ModelStoreSetting,
    threshold_bytes,
)

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, StoredModel
    from jupyter_faas.client import Target
    from jupyter_faas.workspace.targets.targets import Targets


@dataclass(frozen=True)
class ModelService:
    """A service for models that are stored outside their packages.

    ``files`` contains the local copies of these models, in this data directory.
    """

    files: ModelFiles
    targets: Targets

    def setting(self) -> ModelStoreSetting | None:
        """Return the model store setting of the current target, or None if it does not have one.

        Raises InputError if the setting is invalid.
        """
        return self.targets.model_store(self.targets.current())

    def threshold(self) -> int:
        """Return the size in bytes above which a model goes to the store.

        Raises InputError if the setting is invalid.
        """
        return threshold_bytes(self.targets.environ)

    def store(self) -> ModelStore:
        """Open the model store of the current target.

        Raises ModelStoreError if there is none or it cannot be opened, and InputError for an
        invalid setting.
        """
        name = self.targets.current()
        target, setting = self.targets.resolve(name), self.setting()
        if setting is None:
            raise ModelStoreError(
                f"{target.label} has no model store.",
                hint=f"Set {STORE_VARIABLE}=s3://bucket/models, or remove the target and add it "
                "again with --model-store URL.",
            )
        return open_store(setting, target)

    def put(self, bundle: Bundle) -> None:
        """Upload a bundle's models to the store of the current target, without a deploy."""
        target = self.targets.resolve(self.targets.current())
        self.place(bundle, target, silent, False)

    def place(
        self, bundle: Bundle, target: Target, progress: Callable[[str], None], anew: bool
    ) -> Placed:
        """Upload a bundle's models for a deploy. Raises the errors of ``upload.place``."""
        return place(bundle, self.files, self.setting(), target, progress, anew=anew)


def local_environment(bundle: Bundle, files: ModelFiles, cache: Path) -> dict[str, str]:
    """Return the environment variables that a package needs to run on this machine.

    With these variables, the package reads its models from this disk instead of a store, and caches
    them in ``cache``. The mapping is empty if all models are in the package. Raises ModelNotFound.
    """
    found: tuple[StoredModel, ...] = stored_models(bundle.manifest)
    if not found:
        return {}
    addresses = {model.sha256: files.path(model).as_uri() for model in found}
    # In an action, OpenWhisk turns the parameter ``FAAS_MODELS`` into an environment variable with
    # the same JSON text.
    return {LOCATIONS: json.dumps(addresses), "FAAS_MODEL_CACHE": str(cache)}
