"""The rows of a preflight on models that do not travel in the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.packaging.models import memory_for
from jupyter_faas.workspace.preflight.report import Check

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord, StoredModel
    from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting


def model_checks(
    record: PackageRecord, models: Sequence[StoredModel], store: ModelStoreSetting | None
) -> Iterator[Check]:
    """Where each goes, and whether the memory is enough to load them."""
    for model in models:
        yield Check(
            "Model" if len(models) == 1 else f"Model {model.name}",
            text.size(model.size),
            f"→ {store.words}" if store else "this target has no model store",
            ok=store is not None,
            says="" if store else f"it has no model store for {model.name}",
        )
    needed = memory_for(sum(model.size for model in models)) if models else 0
    if record.memory_mb < needed:
        yield Check(
            "Memory for models",
            f"{record.memory_mb:,} MB",
            f"to load it takes about {needed:,} MB: --memory {needed}",
            # An estimate: it may load all the same.
            warn=True,
            says=f"{record.memory_mb:,} MB of memory, and its models take about {needed:,} MB",
            fix=f"--memory {needed}",
        )
