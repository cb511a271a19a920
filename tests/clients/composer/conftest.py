"""Each file of tests has a playground, a home and a namespace of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.composer.helpers.workbench import Composer, make_composer
from tests.clients.helpers.npm import npm_install
from tests.clients.helpers.target import Target


@pytest.fixture(scope="module")
def composer(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composer]:
    own = target.namespace("composer")
    with own.api() as api:
        yield make_composer(own, tmp_path_factory.mktemp("composer"), api)


@pytest.fixture(scope="module")
def modules(target: Target) -> Path:
    """What Composer's ``parallel`` and ``map`` require, where every Node.js action finds it.

    It is what ``npm install --prefix FOLDER redis@3 uuid@8`` leaves in the playground's folder.
    """
    installed = npm_install("redis@3.1.2", "uuid@8.3.2") / "node_modules"
    return Path(shutil.copytree(installed, target.data_dir / "playground" / "node_modules"))
