"""The history and the diff in a notebook."""

from __future__ import annotations

from typing import Any

from jupyter_faas.bundle import DeployRecord
from jupyter_faas.widgets import DiffView, HistoryView
from jupyter_faas.workspace.deployment.diff import Difference, Part, Side
from jupyter_faas.workspace.deployment.history import Deploy, History, RemoteVersion

SHA256 = "3f0c6c7b" * 8


def deploy(version: str, current: bool = False, **changes: Any) -> Deploy:
    given: dict[str, Any] = {
        "name": "iris",
        "target": "playground",
        "place": "playground",
        "namespace": "guest",
        "version": version,
        "bundle": SHA256,
        "package": "5a4b3c2d1e0f9a8b",
        "size": 62792,
        "deployed": 1795565990000,
        "updated": 1795565990000,
        "user": "ana",
        "notebook": "<b>quick</b>.ipynb",
        "commit": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c-dirty",
    }
    return Deploy(DeployRecord(**{**given, **changes}), current, available=not changes)


def history(*deploys: Deploy, **changes: Any) -> History:
    given: dict[str, Any] = {
        "name": "iris",
        "namespace": "guest",
        "target": "playground",
        "target_label": "Local playground",
        "known": True,
        "deployed": RemoteVersion("0.0.2", SHA256, 1795565990000, ours=True),
        "back_to": "0.0.1",
        "deploys": deploys,
    }
    return History(**{**given, **changes})


def html_of(view: HistoryView | DiffView) -> str:
    return view._html()


def test_a_history_is_a_table_of_text() -> None:
    html = html_of(HistoryView(history(deploy("0.0.2", current=True), deploy("0.0.1"))))
    assert html.count("<tr") == 3
    assert html.count('title="Currently deployed"') == 1
    assert "&lt;b&gt;quick&lt;/b&gt;.ipynb" in html
    assert ">0f1e2d3-dirty<" in html
    assert ">To restore version 0.0.1: %faas rollback iris<" in html


def test_what_is_not_known_is_a_dash() -> None:
    row = deploy("0.0.1", user="", notebook=None, commit=None)
    lines = history(row, back_to=None).lines()
    assert lines[1].split() == [
        *("0.0.1", *lines[1].split()[1:3]),
        *("—", "—", "—", SHA256[:12], "package", "deleted"),
    ]


def test_what_the_target_holds_is_said() -> None:
    elsewhere = RemoteVersion("0.0.3", None, 1795565990000, ours=False)
    assert "has version 0.0.3 (2026-" in str(history(deploy("0.0.2"), deployed=elsewhere))
    assert "iris is not on Local playground at the moment." in str(
        history(deploy("0.0.2"), deployed=None)
    )
    assert "never been deployed to Local playground from this machine" in html_of(
        HistoryView(history())
    )


def side(label: str) -> Side:
    return Side(label, None, None, None, {}, "python:3.11", 256, 60_000)


def test_a_diff_shows_its_lines_as_text() -> None:
    part = Part("source", "function.py", ("@@ -1 +1 @@", "-a = '<b>'", "+a = 2", " b"))
    found = Difference("iris", "Lab", side("deployed 0.0.1"), side("this notebook"), (part,))
    html = html_of(DiffView(found))
    assert "-a = &#x27;&lt;b&gt;&#x27;</div>" in html
    assert "from deployed 0.0.1 to this notebook" in html
    assert "+1 −1" in html
    assert str(found).splitlines()[:3] == [
        "--- function.py (deployed 0.0.1)",
        "+++ function.py (this notebook)",
        "@@ -1 +1 @@",
    ]


def test_a_diff_without_differences_says_so() -> None:
    found = Difference("iris", "Lab", side("deployed 0.0.1"), side("this notebook"), ())
    assert "iris: this notebook is the same as deployed 0.0.1." in html_of(DiffView(found))
