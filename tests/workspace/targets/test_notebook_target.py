"""What a notebook's metadata says about its target, and the workspace that follows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_faas.errors import TargetNotConfigured
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.notebook_target import recorded_target, target_in_file


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"faas": {"target": "fra"}}, "fra"),
        ({"faas": {"target": ""}}, None),
        ({"faas": {}}, None),
        ({"faas": "fra"}, None),
        ({}, None),
        (None, None),
        # It is the name of no target, so that the error about the target shows it.
        ({"faas": {"target": 3}}, "3"),
    ],
)
def test_target_in_metadata(metadata: object, name: str | None) -> None:
    assert recorded_target(metadata) == name


def test_target_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    assert target_in_file(None) is None
    assert target_in_file(path) is None
    path.write_text('{"metadata": {"faas": ')
    assert target_in_file(path) is None
    path.write_text(json.dumps({"metadata": {"faas": {"target": "fra"}}, "cells": []}))
    assert target_in_file(path) == "fra"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    props = tmp_path / "props"
    props.write_text("APIHOST=http://127.0.0.1:1\nAUTH=user:key\n", "utf-8")
    monkeypatch.setenv("WSK_CONFIG_FILE", str(props))
    return tmp_path / "faas"


def test_notebooks_with_two_targets_do_not_meet(data_dir: Path) -> None:
    one, other = Workspace.of_notebook(None, data_dir), Workspace.of_notebook(None, data_dir)
    one.use_target("wskprops")
    assert (one.target_name, other.target_name) == ("wskprops", "playground")
    assert Workspace.open(data_dir).target_name == "playground"
    Workspace.open(data_dir).use_target("wskprops")
    assert other.target_name == "wskprops"
    one.use_target("playground")
    assert (one.target_name, other.target_name) == ("playground", "wskprops")


def test_the_notebook_wins_over_the_variable(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_TARGET", "wskprops")
    assert Workspace.of_notebook("playground", data_dir).target_name == "playground"
    assert Workspace.of_notebook(None, data_dir).target_name == "wskprops"
    status = Workspace.of_notebook("playground", data_dir).status(check=False)
    assert (status["target"]["name"], status["default"]) == ("playground", "wskprops")


def test_a_recorded_target_that_is_not_configured(data_dir: Path) -> None:
    workspace = Workspace.of_notebook("fra", data_dir)
    with pytest.raises(TargetNotConfigured, match="This notebook uses the target 'fra'") as caught:
        workspace.functions()
    assert "%faas target add fra" in caught.value.hint
    assert "Targets: playground, wskprops" in caught.value.hint
    assert workspace.target.state == "unreachable"
    assert "not configured on this machine" in workspace.target.message


def test_a_removed_target_leaves_the_notebook_on_the_default(data_dir: Path) -> None:
    from jupyter_faas.workspace.targets.target_settings import TargetSettings

    workspace = Workspace.of_notebook(None, data_dir)
    workspace.target_registry.add(TargetSettings("lab", wskprops=str(data_dir.parent / "props")))
    workspace.use_target("lab")
    workspace.target_registry.remove("lab")
    assert workspace.target_name == "playground"
