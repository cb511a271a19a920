"""GraphStore: graphs of compositions by version, for showing sessions of earlier versions.

OpenWhisk keeps only the latest version of an action, and so only the latest graph.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.functions import is_composition

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord
    from jupyter_faas.whisk import Action

# The number of graphs that are kept for each action. The oldest are deleted.
MOST = 100


def graph_of(action: Action) -> dict[str, Any] | None:
    """Return the graph in the annotation ``conductor``, or a graph of a sequence's components.

    None for a plain action and for a conductor without a graph. Also None for a sequence from a
    list, since lists leave out the components.
    """
    if action.exec.is_sequence:
        if not action.exec.components:
            return None
        names = [f"/{each.path}" for each in action.exec.components]
        components = [{"type": "action", "name": name} for name in names]
        return {"type": "sequence", "components": components}
    graph = action.annotation("conductor")
    if is_composition(action) and isinstance(graph, Mapping) and isinstance(graph.get("type"), str):
        return dict(graph)
    return None


def was_version_at(action: Action | DeployRecord, version: str, start: int) -> bool:
    """Return whether this state of an action ran at ``start`` (epoch ms).

    npm Composer deletes an action before it creates it again, so version numbers repeat. The time
    of the update distinguishes equal versions.
    """
    return action.version == version and action.updated <= start


@dataclass(frozen=True)
class GraphStore:
    """Stores graphs as files in ``graphs`` in the data folder, one for each version of an action.

    Version numbers may repeat, so the time of the update is part of the file name.
    """

    data_dir: Path

    def keep(self, place: str, action: Action) -> None:
        """Store the graph of an action that was fetched from the target ``place``.

        Write errors are ignored, since sessions can be shown without a graph.
        """
        graph = graph_of(action)
        if graph is None:
            return
        folder = self._folder(place, action.full_name.path)
        path = folder / f"{action.version}-{action.updated}.json"
        if path.exists():
            return
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Written to another name first, so that a reader in another process never sees half a
            # file.
            part = path.with_name(f".{secrets.token_hex(4)}")
            part.write_text(json.dumps(graph), "utf-8")
            part.replace(path)
            self._delete_oldest(folder)

    def find(self, place: str, path: str, version: str, start: int) -> dict[str, Any] | None:
        """Return the graph of a version of an action that ran at ``start`` (epoch ms), or None.

        ``path`` is ``namespace/[package/]name``.
        """
        best: tuple[int, Path] | None = None
        for each in self._folder(place, path).glob(f"{version}-*.json"):
            updated = _updated(each)
            if updated <= start and (best is None or updated > best[0]):
                best = updated, each
        if best is None:
            return None
        try:
            found = json.loads(best[1].read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _folder(self, place: str, path: str) -> Path:
        # A digest, because names of actions may contain characters that file systems refuse.
        name = hashlib.sha256(f"{place}\n{path}".encode()).hexdigest()[:32]
        return self.data_dir / "graphs" / name

    def _delete_oldest(self, folder: Path) -> None:
        for each in sorted(folder.glob("*.json"), key=_updated)[:-MOST]:
            each.unlink(missing_ok=True)


def _updated(path: Path) -> int:
    words = path.stem.rpartition("-")[2]
    return int(words) if words.isdigit() else 0
