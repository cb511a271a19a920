"""Every verb with a read-only data folder: a sentence, not a traceback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from jupyter_faas.cli import main
from jupyter_faas.commands.table import VERBS
from tests.playground.helpers.disks import may_mount, small_tmpfs

pytestmark = pytest.mark.skipif(not may_mount(), reason="needs root, to mount a file system")

# What each verb needs, so that it comes to its work. The others need nothing.
WORDS = {
    "playground": ("start",),
    "budget": ("5",),
    "target": ("add", "lab", "--wskprops", "wskprops"),
    "prices": ("use", "digitalocean"),
    "secret": ("remove", "x"),
    "compose": ("flow.json",),
    "map": ("iris", "rows.csv"),
    "image": ("--output", "out"),
    "export": ("empty.ipynb", "out"),
    "deploy": ("empty.ipynb",),
    **dict.fromkeys(
        ("invoke", "remove", "history", "diff", "rollback", "replay", "debug", "explain", "show"),
        ("iris",),
    ),
    **dict.fromkeys(("alias", "shadow", "canary", "promote", "discard"), ("iris",)),
    "watch": ("empty.ipynb",),
    "logs": ("--last",),
    "session": ("abc",),
    "openapi": (),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("disk")
    with ExitStack() as opened:
        try:
            opened.enter_context(small_tmpfs(folder, "1m"))
        except subprocess.CalledProcessError:
            pytest.skip("a tmpfs may not be mounted here")
        (folder / "wskprops").write_text("APIHOST=https://example.invalid\nAUTH=a:b\n")
        (folder / "empty.ipynb").write_text(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        )
        (folder / "rows.csv").write_text("n\n1\n")
        (folder / "flow.json").write_text('{"type": "empty"}')
        (folder / "faas").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder


@pytest.mark.parametrize("verb", [each.name for each in VERBS])
def test_verb(
    verb: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_FAAS_DATA_DIR", str(folder / "faas"))
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    code = main([verb, *WORDS.get(verb, ())])
    output = capsys.readouterr()
    assert "Traceback" not in output.err
    assert code in (0, 1, 2, 3, 4)
    if code:
        lines = [line for line in output.err.splitlines() if not line.endswith("…")]
        # ``playground status`` and empty lists are not errors, and print to stdout.
        assert lines == [] or lines[0].startswith("Error: "), output.err
        # Otherwise the verb would not have come to its work.
        assert "usage:" not in output.err.lower()


def test_playground_names_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_DATA_DIR", str(folder / "faas"))
    assert main(["playground", "start"]) == 3
    assert capsys.readouterr().err.splitlines()[-2:] == [
        f"Error: The folder {folder}/faas/playground cannot be used: Read-only file system.",
        "Choose another data folder with --data-dir or JUPYTER_FAAS_DATA_DIR.",
    ]
