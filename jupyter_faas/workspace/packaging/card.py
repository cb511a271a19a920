"""Build the card of a package (card.json), with signature, contents and preflight checks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import MANIFEST, SHIPPED_FILES, stored_models
from jupyter_faas.workspace import text
from jupyter_faas.workspace.local.redaction import Redaction
from jupyter_faas.workspace.preflight.preflight import model_checks, preflight
from jupyter_faas.workspace.results import Forecast
from jupyter_faas.workspace.targets.capabilities import capabilities_of

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.client import HostInfo
    from jupyter_faas.workspace.results import TargetState
    from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting

# The card is saved in the notebook file, so the number and length of its examples are limited.
_MOST_EXAMPLES = 8
_MOST_LETTERS = 4000


def card(
    record: PackageRecord,
    bundle: Bundle,
    target: TargetState,
    info: HostInfo | None,
    store: ModelStoreSetting | None = None,
    host_error: str = "",
    origins: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return card.json.

    ``forecast`` is ``measuring`` and ``deployed`` is null, because both are filled in later.
    ``store`` is the target's model store, for models that are not in the bundle. ``origins``
    describes where the notebook defined each captured name. The notes in ``origins`` appear on the
    card but not in the bundle.
    """
    manifest = bundle.manifest
    capabilities = capabilities_of(target, info, host_error)
    return {
        "type": "function",
        "format": 1,
        "name": record.name,
        "signature": manifest.signature,
        "doc": manifest.doc,
        "schema": manifest.schema,
        "handler": manifest.handler,
        "package": record.id,
        "bundle": bundle.sha256,
        "source": record.source,
        "kind": record.kind,
        "memory_mb": record.memory_mb,
        "timeout_ms": record.timeout_ms,
        # Only names are shown, because the values of parameters are often secrets.
        "preset": sorted(record.parameters),
        "models": [dict(model) for model in manifest.models],
        "captured": [_noted(item, origins) for item in manifest.captured],
        "files": _files(bundle),
        "size": len(bundle.data),
        "requirements": [dict(requirement) for requirement in manifest.requirements],
        "preflight": [
            *preflight(record, bundle, capabilities).to_json()["preflight"],
            *(
                each.to_json()
                for each in model_checks(record, stored_models(manifest), store, target.name)
            ),
        ],
        "forecast": Forecast().to_json(),
        "target": {"name": capabilities.name, "label": capabilities.label},
        "deployed": None,
        "examples": shown_examples(record, manifest.secrets),
    }


def shown_examples(record: PackageRecord, secrets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the examples that are short enough for the card, with the notebook's answers.

    ``secrets`` are the names of the package's secrets.
    """
    # An answer may repeat a secret from the environment or from a parameter.
    redaction = Redaction(os.environ, record.parameters, secrets)
    shown = [
        {
            "params": dict(one["params"]),
            "command": f"%faas invoke {record.name} {text.pairs(one['params'])}".rstrip(),
            "answer": redaction.value(one.get("shown", one.get("answer"))),
            "source": one["source"],
        }
        for one in record.examples
    ]
    return [one for one in shown if len(json.dumps(one)) <= _MOST_LETTERS][:_MOST_EXAMPLES]


def _noted(item: Mapping[str, Any], origins: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if item["kind"] == "note":
        # A place at which the action may differ from the notebook is marked as a warning.
        why, _, note = item["why"].partition("; ")
        return {**item, "why": why, "note": note}
    note = origins.get(item["name"], {}).get("note")
    return {**item, "note": note} if note else dict(item)


def _files(bundle: Bundle) -> list[dict[str, Any]]:
    """Return an entry per file of the user and per vendored requirement, then one for the rest.

    The rest is the code of jupyter_faas that every package has, and the manifest.
    """
    owners = bundle.manifest.vendored_owners()
    files: list[dict[str, Any]] = []
    vendored = dict.fromkeys(owners.values(), 0)
    ours: dict[str, int] = {}
    for path, size, _ in bundle.members():
        owner = bundle.manifest.owner_of(path)
        if owner is not None:
            vendored[owner] += size
        elif path in SHIPPED_FILES or path == MANIFEST:
            ours[path] = size
        else:
            files.append({"path": path, "size": size})
    files += [{"path": owner, "size": size} for owner, size in vendored.items()]
    name = f"jupyter_faas runtime, {len(ours)} files" if len(ours) > 1 else MANIFEST
    return [*files, {"path": name, "size": sum(ours.values())}]
