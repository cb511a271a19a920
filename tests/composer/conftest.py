"""Composer from npm, installed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.helpers.npm import npm_install
from tests.composer.helpers.npm import Npm


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Npm:
    return Npm(npm_install("openwhisk-composer@0.12.0"), tmp_path_factory.mktemp("npm"))


@pytest.fixture
def action_file(tmp_path: Path) -> Path:
    path = tmp_path / "double.js"
    path.write_text("const main = ({ n }) => ({ n: n * 2 });\n", "utf-8")
    return path
