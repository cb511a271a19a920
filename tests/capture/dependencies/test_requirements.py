from __future__ import annotations

import importlib
import importlib.metadata
import sys
from pathlib import Path

import pytest

from jupyter_faas.capture.dependencies.requirements import ModuleIndex


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("numpy", "numpy"),
        ("numpy.linalg", "numpy"),
        ("sklearn", "scikit-learn"),
        ("sklearn.linear_model", "scikit-learn"),
        ("dateutil", "python-dateutil"),
        ("pytest", "pytest"),
        ("_pytest", "pytest"),
    ],
)
def test_module_is_pinned_to_its_installed_distribution(module: str, distribution: str) -> None:
    home = ModuleIndex().find(module)
    assert home.kind == "installed"
    assert home.requirement is not None
    assert home.requirement.distribution == distribution
    assert home.requirement.version == importlib.metadata.version(distribution)


@pytest.mark.parametrize("module", ["sklearn", "dateutil"])
def test_common_modules_are_found_without_reading_every_record(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    stock = Path.read_bytes

    def counted(path: Path) -> bytes:
        read.append(path)
        return stock(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    assert ModuleIndex().find(module).kind == "installed"
    assert len(read) == 1


@pytest.mark.parametrize(
    "module", ["os", "os.path", "json", "sys", "xml.dom", "_thread", "__future__"]
)
def test_standard_library_needs_nothing(module: str) -> None:
    assert ModuleIndex().find(module).kind == "stdlib"


@pytest.mark.parametrize("module", ["no_such_module", "no_such.sub"])
def test_absent_module_is_missing(module: str) -> None:
    assert ModuleIndex().find(module).kind == "missing"


def test_looking_up_imports_nothing() -> None:
    before = set(sys.modules)
    ModuleIndex().find("wave")
    ModuleIndex().find("pandas")
    assert {"wave", "pandas"} - before == {"wave", "pandas"} - set(sys.modules)


@pytest.mark.parametrize(
    ("files", "module", "path"),
    [
        (["mine.py"], "mine", "mine.py"),
        (["mine/__init__.py", "mine/part.py"], "mine.part", "mine"),
        (["mine/part.py"], "mine", "mine"),
    ],
    ids=["file", "package", "folder without __init__"],
)
def test_module_beside_the_notebook_is_local(
    files: list[str], module: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    home = ModuleIndex().find(module)
    assert (home.kind, home.path) == ("local", tmp_path / path)


def test_distributions_that_share_a_package_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    for name in ("one", "two"):
        (site / "shared" / name).mkdir(parents=True)
        (site / "shared" / name / "__init__.py").write_text("")
        info = site / f"shared_{name}-1.{len(name)}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: shared-{name}\nVersion: 1.{len(name)}\n")
        (info / "RECORD").write_text(f"shared/{name}/__init__.py,,\n")
    monkeypatch.syspath_prepend(site)
    importlib.import_module("shared.two")
    try:
        home = ModuleIndex().find("shared.two")
    finally:
        for module in [name for name in sys.modules if name.startswith("shared")]:
            del sys.modules[module]
    assert home.requirement is not None
    assert home.requirement.distribution == "shared-two"
