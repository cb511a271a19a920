"""GraphStore: graphs of all versions of compositions, for sessions of earlier versions.

OpenWhisk keeps only the latest version of an action, and therefore only the latest graph.
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

# The maximum number of graphs to keep for each action. The oldest graphs are deleted.
MOST = 100


def graph_of(action: Action) -> dict[str, Any] | None:
    """Return the graph in the annotation ``conductor``, or a graph of a sequence's components.

    Return None for a plain action and for a conductor without a graph. Also return None for a
    sequence that was read from a list, because lists omit components.
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
    """Return whether a run of ``version`` at ``start`` (epoch ms) may have run ``action``.

    npm Composer deletes an action and creates it again, so version numbers repeat. Actions that
    were updated after ``start`` are therefore excluded.
    """
    return action.version == version and action.updated <= start


@dataclass(frozen=True)
class GraphStore:
    """The graphs in ``graphs`` in the data directory, with a file for each version of an action.

    Version numbers may repeat, so the time of the update is part of the file name.
    """

    data_dir: Path

    def keep(self, place: str, action: Action) -> None:
        """Store the graph of an action that was fetched from the target ``place``.

        Write errors are ignored, because sessions can be shown without a graph.
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
            # Write to a temporary file first, so that other processes never read a partial file.
            part = path.with_name(f".{secrets.token_hex(4)}")
            part.write_text(json.dumps(graph), "utf-8")
            part.replace(path)
            self._delete_oldest(folder)

    def find(self, place: str, path: str, version: str, start: int) -> dict[str, Any] | None:
        """Return the graph of a version of an action that ran at ``start`` (epoch ms), or None.

        ``path`` is the path of the action, as ``namespace/[package/]name``.
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
        # The directory's name is a digest, because names of actions may contain characters that are
        # invalid in file names.
        name = hashlib.sha256(f"{place}\n{path}".encode()).hexdigest()[:32]
        return self.data_dir / "graphs" / name

    def _delete_oldest(self, folder: Path) -> None:
        for each in sorted(folder.glob("*.json"), key=_updated)[:-MOST]:
            each.unlink(missing_ok=True)


def _updated(path: Path) -> int:
    words = path.stem.rpartition("-")[2]
    return int(words) if words.isdigit() else 0
