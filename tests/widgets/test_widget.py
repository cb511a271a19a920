from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

# ipywidgets warns about a configuration folder of Jupyter's when it is imported.
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")

from jupyter_faas.widgets.widget import new_widget


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "card.js").write_text("export default {}")
    (tmp_path / "card.css").write_text(".jp-Faas {}")
    (tmp_path / "activation.js").write_text("export default {}")
    return tmp_path


def test_widget_carries_payload_script_and_style(card: dict[str, Any], static: Path) -> None:
    widget = new_widget(card, {"deploy": lambda params: None}, static)
    assert widget is not None
    state = widget.get_state()
    assert state["payload"] == card
    assert state["actions"] == ["deploy"]
    assert (state["_esm"], state["_css"]) == ("export default {}", ".jp-Faas {}")
    widget.close()


def test_each_script_has_a_class_of_its_own(
    card: dict[str, Any], activation: dict[str, Any], static: Path
) -> None:
    # anywidget keeps one style sheet per class: the second would take the first one's away.
    widgets = [new_widget(card, {}, static), new_widget(activation, {}, static)]
    assert len({type(widget) for widget in widgets}) == 2


def test_widget_may_have_no_style_of_its_own(activation: dict[str, Any], static: Path) -> None:
    widget = new_widget(activation, {}, static)
    assert widget is not None
    assert widget.get_state()["_css"] == ""
    widget.close()


def test_there_is_no_widget_where_nothing_was_built(card: dict[str, Any], tmp_path: Path) -> None:
    assert new_widget(card, {}, tmp_path) is None


def test_what_a_button_asks_is_done_and_answered(
    card: dict[str, Any], static: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def invoke(params: Any) -> dict[str, Any]:
        asked.append(dict(params))
        return {"event": "activation", "activation": {}}

    widget = new_widget(card, {"invoke": invoke}, static)
    assert widget is not None
    sent: list[Any] = []
    monkeypatch.setattr(widget, "send", sent.append)
    widget._handle_custom_msg({"op": "invoke", "params": {"x": 1}}, [])
    assert asked == [{"x": 1}]
    assert sent == [{"event": "activation", "activation": {}}]
    widget.close()
