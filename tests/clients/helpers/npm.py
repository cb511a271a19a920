"""Clients from npm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.clients.helpers.cache import installed
from tests.clients.helpers.terminal import tool

# No scripts of strangers unless a client cannot do without; nothing sent anywhere but for packages.
_OPTIONS = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")


def npm_install(*packages: str, scripts: bool = False, patience_s: float = 900) -> Path:
    """The folder below whose ``node_modules`` the packages are; ``packages`` as ``name@1.2.3``.

    The folder is named after the first. Fails the test with npm's words when npm fails.
    """
    options = _OPTIONS if scripts else (*_OPTIONS, "--ignore-scripts")

    def install(folder: Path) -> None:
        (folder / "package.json").write_text('{"private": true}\n', "utf-8")
        tool("npm", "install", *options, *packages, cwd=folder, patience_s=patience_s)

    return installed(_folder_name(packages), "\n".join((*options, *packages)), install)


def binary(folder: Path, name: str) -> Path:
    """A command that the packages of ``folder`` brought."""
    found = folder / "node_modules" / ".bin" / name
    assert found.exists(), f"No command {name} in {folder}."
    return found


def _folder_name(packages: Sequence[str]) -> str:
    """``@adobe/aio-cli@11.1.2`` -> ``adobe-aio-cli-11.1.2``."""
    return re.sub(r"[/@]+", "-", packages[0]).strip("-")
