"""What an exported project holds, made of real packages."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.project import check_folder, project, write_project
from jupyter_faas.workspace.handover.project_function import ProjectFunction, functions_of
from tests.workspace.helpers.cells import packaged
from tests.workspace.helpers.composing import ComposingNotebook

AREA = '''\
%%function area --web --param unit=•••
def area(width: float, unit: str, scale: float = 1.0):
    """The area of a | square."""
    return {"area": scale * width**2, "unit": unit}
'''


def part(folder: Path, text: str = AREA, name: str = "area", **options: Any) -> ProjectFunction:
    made = packaged(folder, text, name, **options)
    (found,) = functions_of([made.record.id], folder)
    return found


@pytest.fixture
def secretive(tmp_path: Path) -> ProjectFunction:
    return part(
        tmp_path,
        package="geo",
        web=True,
        parameters={"unit": "secret unit", "scale": 47.11},
        annotations={"require-whisk-auth": "secret word", "team": "maps"},
        notebook="maps.ipynb",
        cell_id="c1",
        memory_mb=512,
    )


def manifest(files: Mapping[str, bytes]) -> Any:
    return yaml.safe_load(files["manifest.yaml"])["packages"]


def test_manifest_has_limits_annotations_and_web(secretive: ProjectFunction) -> None:
    area = manifest(project([secretive], "maps.ipynb"))["geo"]["actions"]["area"]
    assert area["function"] == "actions/geo/area.zip"
    assert area["runtime"] == secretive.record.kind
    assert area["limits"] == {"timeout": 60_000, "memorySize": 512}
    assert area["web"] is True
    annotations = area["annotations"]
    assert annotations["team"] == "maps"
    assert (annotations["faas-notebook"], annotations["faas-cell"]) == ("maps.ipynb", "c1")
    assert annotations["faas-bundle"] == secretive.bundle.sha256
    assert annotations["description"] == "The area of a | square."
    assert annotations.keys().isdisjoint({"web-export", "final", "faas-environment"})


def test_secrets_are_variables_that_the_readme_names(secretive: ProjectFunction) -> None:
    files = project([secretive], "maps.ipynb")
    area = manifest(files)["geo"]["actions"]["area"]
    assert area["inputs"] == {
        "unit": {"type": "string", "value": "$GEO_AREA_UNIT"},
        "__faas_parameters": {"type": "json", "value": {"scale": "$GEO_AREA_SCALE"}},
    }
    assert area["annotations"]["require-whisk-auth"] == "$GEO_AREA_REQUIRE_WHISK_AUTH"
    text = files["README.md"].decode()
    assert "| `GEO_AREA_UNIT` | `geo/area`: the value of its parameter unit |  |" in text
    assert "| `GEO_AREA_SCALE` | `geo/area`: the value of its parameter scale | JSON |" in text
    assert "`GEO_AREA_REQUIRE_WHISK_AUTH`" in text


def test_no_secret_and_nothing_of_this_machine_is_in_it(secretive: ProjectFunction) -> None:
    environment = secretive.record.environment
    here = (environment["prefix"], environment["id"], str(Path.home()), "127.0.0.1", gethostname())
    files = project([secretive], "maps.ipynb")
    with zipfile.ZipFile(io.BytesIO(files[secretive.zip])) as archive:
        members = {f"{secretive.zip}/{name}": archive.read(name) for name in archive.namelist()}
    for path, data in {**files, **members}.items():
        for word in ("secret unit", "secret word", "47.11", *here):
            assert word.encode() not in data, (path, word)


def test_readme_shows_a_docstring_as_it_is_written(tmp_path: Path) -> None:
    text = AREA.replace("The area of a | square.", "<img src=x onerror=alert(1)> **a** & [b](c)")
    words = project([part(tmp_path, text)], "maps.ipynb")["README.md"].decode()
    assert r"\<img src=x onerror=alert(1)\> \*\*a\*\* &amp; \[b\](c)" in words


def test_readme_deploys_a_protected_web_action_with_wsk_as_one(secretive: ProjectFunction) -> None:
    text = project([secretive], "maps.ipynb")["README.md"].decode()
    assert "wsk action update geo/area actions/geo/area.zip" in text
    assert '--web true \\\n  --web-secure "$GEO_AREA_REQUIRE_WHISK_AUTH"' in text
    assert '--param scale "$GEO_AREA_SCALE"' in text


def test_openapi_document_lies_beside_it(secretive: ProjectFunction) -> None:
    found = json.loads(project([secretive], "maps.ipynb")["openapi.json"])
    OpenAPIV31SpecValidator(found).validate()
    assert list(found["paths"]) == ["/geo/area.json"]
    assert found["servers"][0]["url"].startswith("/")


def test_without_a_web_action_there_is_no_such_document(tmp_path: Path) -> None:
    files = project([part(tmp_path)], "maps.ipynb")
    assert set(files) == {
        *("manifest.yaml", "README.md", "ci/deploy.yml"),
        *("actions/area.zip", "annotations/area.json"),
    }
    assert "openapi" not in files["README.md"].decode()
    assert "web" not in manifest(files)["default"]["actions"]["area"]


def test_compositions_come_after_what_they_call(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, target="playground")
    notebook = ComposingNotebook(workspace)
    ids = [
        notebook.compose("outer", "sequence('inner', 'area')\n").record.id,
        notebook.compose("inner", "sequence('area')\n").record.id,
        packaged(tmp_path, AREA, "area").record.id,
    ]
    actions = manifest(project(functions_of(ids, tmp_path), "maps.ipynb"))["default"]["actions"]
    assert list(actions) == ["area", "inner", "outer"]
    annotations = actions["outer"]["annotations"]
    assert annotations["provide-api-key"] is True
    assert annotations["conductor"]["type"] == "sequence"


def test_an_image_takes_the_place_of_a_kind(tmp_path: Path) -> None:
    found = manifest(project([part(tmp_path, image="lab/iris:1")], "maps.ipynb"))
    action = found["default"]["actions"]["area"]
    assert action["docker"] == "lab/iris:1"
    assert "runtime" not in action


def test_models_outside_are_files_whose_addresses_are_asked_for(tmp_path: Path) -> None:
    alone = part(tmp_path)
    outside = ProjectFunction(alone.record, alone.bundle, {"a" * 64: b"onnx"})
    files = project([outside], "maps.ipynb")
    assert files[f"models/{'a' * 64}.onnx"] == b"onnx"
    inputs = manifest(files)["default"]["actions"]["area"]["inputs"]
    assert inputs["FAAS_MODELS"]["value"] == {"a" * 64: "$AREA_MODEL_AAAAAAAA"}
    assert f"downloads models/{'a' * 64}.onnx" in files["README.md"].decode()


def test_it_is_written_over_an_earlier_one_and_over_nothing_else(tmp_path: Path) -> None:
    found, folder = [part(tmp_path / "data")], tmp_path / "project"
    check_folder(folder)
    assert write_project(folder, found, "maps.ipynb") == sorted(project(found, "maps.ipynb"))
    check_folder(folder)
    (tmp_path / "README.md").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="contains other files"):
        check_folder(tmp_path)
    with pytest.raises(InputError, match="is a file"):
        check_folder(tmp_path / "README.md")


def test_what_is_no_more_deployed_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    folder, data = tmp_path / "project", tmp_path / "data"
    web = part(data, package="geo", web=True)
    write_project(folder, [web, part(data)], "maps.ipynb")
    (folder / "actions" / "mine.zip").write_bytes(b"mine")
    assert (folder / "openapi.json").exists()
    write_project(folder, [part(data)], "maps.ipynb")
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {
        *("manifest.yaml", "README.md", "ci/deploy.yml"),
        *("actions/area.zip", "actions/mine.zip", "annotations/area.json"),
    }


def test_a_manifest_that_was_changed_by_hand_takes_nothing_away(tmp_path: Path) -> None:
    folder, mine = tmp_path / "project", tmp_path / "mine.zip"
    mine.write_bytes(b"mine")
    found = [part(tmp_path / "data")]
    write_project(folder, found, "maps.ipynb")
    written = (folder / "manifest.yaml").read_text("utf-8")
    for text in (written.replace("actions/area.zip", "../mine.zip"), written[:200] + "\n{"):
        (folder / "manifest.yaml").write_text(text, "utf-8")
        write_project(folder, found, "maps.ipynb")
        assert mine.exists()


def test_same_packages_give_the_same_project(secretive: ProjectFunction) -> None:
    assert project([secretive], "m.ipynb") == project([secretive], "m.ipynb")


def test_a_notebook_exports_what_it_packaged(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "data", target="playground")
    ids = {
        name: packaged(workspace.data_dir, AREA, "area", package=package, notebook="maps.ipynb")
        for name, package in (("area", None), ("geo/area", "geo"))
    }
    packages = {name: made.record.id for name, made in ids.items()}
    call = parse("magic", ["export", str(tmp_path / "p"), "--function", "geo/area"])
    assert isinstance(call, Call)
    outcome = call.run(workspace, packages=packages)
    assert outcome.lines[0] == f"Wrote {tmp_path / 'p'}: geo/area."
    text = (tmp_path / "p" / "manifest.yaml").read_text("utf-8")
    assert text.startswith("# Written by jupyter faas export from maps.ipynb.")
    with pytest.raises(InputError, match="No function of this notebook has been packaged"):
        call.run(workspace)
