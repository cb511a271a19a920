"""The action that the target has under a name, compared with deploys from this machine.

A deploy fetches the action once (``find_action``), and its code at most once (``RemoteAction``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import Bundle, PackageRecord, composition_of
from jupyter_faas.errors import ActionConflict, ActionNotFound, BundleDamaged, ChangedElsewhere
from jupyter_faas.whisk.keyvalues import as_dict, is_truthy
from jupyter_faas.workspace import text
from jupyter_faas.workspace.model_stores.upload import own_parameters

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore, DeployRecord
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.deployment.plan import DeployPlan
    from jupyter_faas.workspace.model_stores.upload import Placed


# Comparisons ignore these annotations, because another cell or notebook may yield the same package.
_ORIGIN = frozenset({"faas-notebook", "faas-cell"})


def find_action(client: Client, name: str) -> Action | None:
    """Return the action without its code, or None if the target does not have it."""
    try:
        return client.get_action(name)
    # OpenWhisk responds with 409 if the name belongs to a package.
    except (ActionNotFound, ActionConflict):
        return None


def bundle_of(action: Action) -> str | None:
    """Return the package's sha256 from the action's annotation, or None without the annotation."""
    told = action.annotation("faas-bundle")
    return told if isinstance(told, str) else None


def is_last_put(action: Action, last: DeployRecord | None) -> bool:
    """Return whether the action is unchanged since our latest deploy record.

    The sha256 alone is not enough, because ``wsk action update`` changes the code but keeps the
    annotations. The version is reliable, because every update increases it.
    """
    return last is not None and action.version == last.version and bundle_of(action) == last.bundle


def annotated_by_user(action: Action | None) -> set[str]:
    """Return the names of the user's annotations on the deployed action."""
    names = action.annotation("faas-annotations") if action is not None else None
    return {each for each in names if isinstance(each, str)} if isinstance(names, list) else set()


def code_bytes(action: Action) -> bytes | None:
    """Return the zip archive of an action, or None if its code is not an archive."""
    if not action.exec.binary or action.exec.code is None:
        return None
    try:
        return base64.b64decode(action.exec.code)
    except (binascii.Error, ValueError):
        return None


# A text, or a version or a time in a message (errors.ChangedElsewhere).
_Part = str | Mapping[str, object]


@dataclass(frozen=True)
class RemoteAction:
    """The deployed action at the start of a deploy.

    ``last`` is our latest deploy record of its name.
    """

    action: Action
    last: DeployRecord | None
    client: Client
    store: BundleStore

    @cached_property
    def with_code(self) -> Action:
        """The action including its code, which is downloaded on first use."""
        return self.client.get_action(self.action.full_name.local, code=True)

    @property
    def is_last_put(self) -> bool:
        return is_last_put(self.action, self.last)

    @cached_property
    def is_known_package(self) -> bool:
        """Whether the action's code is a package of this data directory.

        The code is downloaded only if the annotation has the sha256 of such a package.
        """
        told = bundle_of(self.action)
        if told is None or not self.store.has(told):
            return False
        data = code_bytes(self.with_code)
        return data is not None and hashlib.sha256(data).hexdigest() == told

    @property
    def is_ours(self) -> bool:
        return self.is_last_put or self.is_known_package

    @property
    def may_be_overwritten(self) -> bool:
        """Whether a deploy may overwrite the action without losing a change made elsewhere."""
        if self.is_last_put:
            return True
        if self.last is not None and bundle_of(self.action) == self.last.bundle:
            return False  # this is our package, but it was redeployed or changed elsewhere
        # A known package without a record was deployed by an older version of jupyter_faas, or
        # through a server with another disk.
        return self.is_known_package

    def has_content(self, plan: DeployPlan, placed: Placed) -> bool:
        """Return whether the action already has the content and the settings of the plan.

        Package, kind, image, limits, parameters, annotations and model URLs are compared, without
        downloading the code. The origin of the package (notebook and cell) is ignored.
        """
        action, record, wanted = self.action, plan.record, plan.annotations
        here = as_dict(action.annotations)
        counted = {key: value for key, value in wanted.items() if key not in _ORIGIN}
        return (
            bundle_of(action) == record.bundle
            and action.exec.kind == plan.kind
            and _plain(action.exec.image or "") == _plain(record.image)
            and (action.limits.memory, action.limits.timeout)
            == (record.memory_mb, record.timeout_ms)
            and _json(as_dict(action.parameters))
            == _json({**record.parameters, **placed.as_dict()})
            and all(_json(here.get(key)) == _json(value) for key, value in counted.items())
            # An annotation that is no longer in the cell must be removed, which requires a deploy.
            and annotated_by_user(action) <= wanted.keys()
            and ("description" in wanted or "description" not in here)
        )

    def origin(self, record: PackageRecord) -> str:
        """Return what a deploy of ``record`` would overwrite that is not an earlier version of it.

        This is an action of another notebook, or a function where ``record`` is a composition, or
        the reverse. Returns an empty string for another version of the same cell or notebook, and
        if the origin is not known, as for actions that an older version deployed.
        """
        action = self.action
        notebook, cell = action.annotation("faas-notebook"), action.annotation("faas-cell")
        same_cell = cell is not None and cell == record.cell_id
        if isinstance(notebook, str) and notebook and record.notebook:
            folder = self.last.folder if self.last is not None and self.is_last_put else None
            same_file = notebook == record.notebook and (
                None in (folder, record.folder) or folder == record.folder
            )
            # A renamed or moved notebook keeps the ids of its cells, as a copy does. The file of
            # the original exists only beside a copy.
            original = Path(folder or record.folder or "") / notebook
            known = folder is not None or record.folder is not None
            is_moved = same_cell and not (known and original.is_file())
            if not same_file and not is_moved:
                where = f" in {folder}" if notebook == record.notebook and folder else ""
                return f"from {notebook}{where}"
        was_composition = is_truthy(action.annotation("conductor"))
        if was_composition != self._is_composition(record) and not same_cell:
            return "as a composition" if was_composition else "as a function"
        return ""

    def _is_composition(self, record: PackageRecord) -> bool:
        return composition_of(self.store.get(record.bundle)) is not None

    def of_another(self, origin: str, command: str) -> ChangedElsewhere:
        """Return the error for a deploy that would overwrite another notebook's action."""
        name, label = self.action.full_name.local, self.client.target.label
        user = self.last.user if self.last is not None and self.is_last_put else ""
        by = f" by {user}" if user else ""
        return _changed_elsewhere(
            [f"{name} on {label} was deployed {origin}{by}: ", *self._now(), "."],
            hint=f"To keep both functions, add --package {name.rpartition('/')[2]}-new to the "
            "cell.\n"
            f"To overwrite the deployed function: {command}",
        )

    def changed_elsewhere(self, command: str) -> ChangedElsewhere:
        """Return the error for a deploy that would overwrite a change.

        ``command``, which overwrites the action anyway, is part of the hint.
        """
        action, last, label = self.action, self.last, self.client.target.label
        name, now = action.full_name.local, self._now()
        if last is not None:
            parts = [
                f"{name} on {label} was changed elsewhere: it is now ",
                *now,
                ", but ",
                {"version": last.version},
                " was deployed from this machine.",
            ]
        elif bundle_of(action) is not None:
            notebook = action.annotation("faas-notebook")
            source = f" from {notebook}" if isinstance(notebook, str) and notebook else ""
            parts = [
                f"{name} on {label} was deployed elsewhere{source}: ",
                *now,
                ". Its package is not on this machine.",
            ]
        else:
            parts = [f"{name} on {label} was deployed with another tool: ", *now, "."]
        return _changed_elsewhere(
            parts,
            hint=f"To see the differences: %faas diff {name}\n"
            f"To overwrite the deployed function: {command}",
        )

    def _now(self) -> list[_Part]:
        """Return the deployed version and the time of its deploy."""
        version = {"version": self.action.version}
        return (
            [version, " (", {"time": self.action.updated}, ")"]
            if self.action.updated
            else [version]
        )

    def adopt(self) -> tuple[PackageRecord, int] | None:
        """Store the action's package and a package record, before a deploy overwrites the action.

        Returns the record and the package's size in bytes. Returns None if the code is not one of
        our packages or does not match the annotation. This method downloads the code.
        """
        whole = self.with_code
        data = code_bytes(whole)
        if data is None:
            return None
        try:
            bundle = Bundle.from_bytes(data)
        except BundleDamaged:
            return None
        if bundle.sha256 != bundle_of(whole):
            return None
        annotations = as_dict(whole.annotations)
        record = PackageRecord(
            name=whole.full_name.local,
            bundle=bundle.sha256,
            source=bundle.manifest.source_sha256,
            # The kind of an action in an image is always blackbox. The manifest has the kind that
            # the package was made for.
            kind=bundle.manifest.kind if whole.exec.image else whole.exec.kind,
            image=whole.exec.image or "",
            memory_mb=whole.limits.memory,
            timeout_ms=whole.limits.timeout,
            environment={"id": str(annotations.get("faas-environment", ""))},
            created=whole.updated,
            parameters=own_parameters(whole),
            annotations={
                key: annotations[key] for key in annotated_by_user(whole) if key in annotations
            },
            notebook=_text(annotations.get("faas-notebook")),
            cell_id=_text(annotations.get("faas-cell")),
        )
        self.store.put(bundle)
        self.store.put_package(record)
        return record, len(data)


def _plain(image: str) -> str:
    # Some hosts add the registry to the name of an image.
    return image.removeprefix("docker.io/")


def _json(value: Any) -> str:
    # Values are compared as JSON text, because True == 1 in Python but not in JSON.
    return json.dumps(value, sort_keys=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _changed_elsewhere(parts: list[_Part], hint: str) -> ChangedElsewhere:
    return ChangedElsewhere("".join(map(_words, parts)), hint=hint, parts=parts)


def _words(part: _Part) -> str:
    if isinstance(part, str):
        return part
    time = part.get("time")
    return text.moment(time) if isinstance(time, int) else f"version {part['version']}"
