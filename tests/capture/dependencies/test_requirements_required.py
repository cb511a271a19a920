"""--require: distributions by name, extras by what they add."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from jupyter_faas.capture.dependencies.requirements import read_required
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook


def install(folder: Path, name: str, version: str, *lines: str, editable: bool = False) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, "", ""]
    (info / "METADATA").write_text("\n".join(head))
    if editable:
        origin = {"url": "file:///nowhere", "dir_info": {"editable": True}}
        (info / "direct_url.json").write_text(json.dumps(origin))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        tmp_path,
        "Sheets",
        "2.0",
        "Provides-Extra: excel",
        "Provides-Extra: far",
        "Requires-Dist: paper",
        'Requires-Dist: ink>=1; extra == "excel"',
        'Requires-Dist: nowhere-to-be-found; extra == "far"',
    )
    install(tmp_path, "ink", "1.5")
    install(tmp_path, "mine", "0.1", editable=True)
    monkeypatch.syspath_prepend(tmp_path)


def test_installed_version_is_pinned(notebook: Notebook) -> None:
    version = importlib.metadata.version("PyYAML")
    captured = notebook.capture("def iris():\n    return {}", requires=["pyyaml>=1"])
    (found,) = captured.requirements
    assert (found.distribution, found.version) == ("PyYAML", version)
    assert found.why == "added by --require pyyaml>=1"


@pytest.mark.usefixtures("installed")
def test_extra_stands_for_what_it_adds() -> None:
    found = read_required(["sheets[excel]"])
    assert [(one.distribution, one.version) for one in found] == [("Sheets", "2.0"), ("ink", "1.5")]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no-such-thing", "no-such-thing is not installed here"),
        ("sheets[colour]", "sheets does not have an extra named colour"),
        ("sheets[far]", "nowhere-to-be-found, which the extra far adds, is not installed"),
        ("sheets>=3", r"installed version, (Sheets|sheets) 2\.0"),
        ("mine", "mine is an editable installation"),
        ("a b", "is not a valid requirement"),
    ],
)
def test_what_cannot_be_pinned_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(CaptureError, match=message) as caught:
        read_required([text])
    assert caught.value.hint
