from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.whisk import Action
from jupyter_faas.workspace.sessions.graphs import MOST, GraphStore, graph_of

TREE = {"type": "sequence", "components": []}


def action(
    conductor: Any = TREE, *, version: str = "0.0.1", updated: int = 100, **more: Any
) -> Action:
    return Action.from_json(
        {
            "namespace": "guest",
            "name": "flow",
            "version": version,
            "updated": updated,
            "exec": {"kind": "python:3.11"},
            "annotations": [{"key": "conductor", "value": conductor}],
            **more,
        }
    )


@pytest.fixture
def graphs(tmp_path: Path) -> GraphStore:
    return GraphStore(tmp_path)


def test_graph_of_the_version_that_ran(graphs: GraphStore) -> None:
    other = {"type": "empty"}
    graphs.keep("host", action())
    graphs.keep("host", action(other, updated=200))
    graphs.keep("host", action(other, version="0.0.2", updated=50))
    assert graphs.find("host", "guest/flow", "0.0.1", 150) == TREE
    assert graphs.find("host", "guest/flow", "0.0.1", 200) == other
    # Before it was put there it cannot have run.
    assert graphs.find("host", "guest/flow", "0.0.1", 99) is None
    assert graphs.find("host", "guest/flow", "0.0.3", 150) is None
    assert graphs.find("elsewhere", "guest/flow", "0.0.1", 150) is None
    assert graphs.find("host", "guest/other", "0.0.1", 150) is None


@pytest.mark.parametrize(
    "conductor",
    [True, None, "", {"no": "type"}, ["x"]],
    ids=["true", "null", "empty", "odd", "list"],
)
def test_what_has_no_graph(graphs: GraphStore, conductor: Any) -> None:
    assert graph_of(action(conductor)) is None
    graphs.keep("host", action(conductor))
    assert not (graphs.data_dir / "graphs").exists()


def test_graph_of_a_sequence() -> None:
    exec_ = {"kind": "sequence", "components": ["/guest/a", "/guest/p/b"]}
    found = graph_of(action(exec=exec_))
    assert found is not None
    assert [each["name"] for each in found["components"]] == ["/guest/a", "/guest/p/b"]
    # A list does not tell the components.
    assert graph_of(action(exec={"kind": "sequence"})) is None


def test_oldest_go(graphs: GraphStore) -> None:
    for updated in range(MOST + 5):
        graphs.keep("host", action(updated=updated))
    (folder,) = (graphs.data_dir / "graphs").iterdir()
    kept = sorted(int(each.stem.rpartition("-")[2]) for each in folder.iterdir())
    assert kept == list(range(5, MOST + 5))


def test_folder_is_the_users_alone(graphs: GraphStore) -> None:
    graphs.keep("host", action())
    (folder,) = (graphs.data_dir / "graphs").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "graphs").write_text("a file")
    graphs = GraphStore(tmp_path)
    graphs.keep("host", action())
    assert graphs.find("host", "guest/flow", "0.0.1", 150) is None


def test_damaged_file(graphs: GraphStore) -> None:
    graphs.keep("host", action())
    (file,) = (graphs.data_dir / "graphs").glob("*/*.json")
    file.write_text("{")
    assert graphs.find("host", "guest/flow", "0.0.1", 150) is None
