from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.runtimes.kind_overrides import KindOverrides
from jupyter_faas.whisk import Exec
from jupyter_faas.whisk.kinds import RUNTIMES


def kinds(path: Path, given: Mapping[str, str] | None = None) -> KindOverrides:
    return KindOverrides(path / "kinds.json", given or {}, runtimes=RUNTIMES, families=("python",))


def write(path: Path, content: object) -> None:
    (path / "kinds.json").write_text(json.dumps(content))


def image(name: str) -> Exec:
    return Exec("blackbox", "", image=name)


def test_kind_stays_what_it_is(tmp_path: Path) -> None:
    assert kinds(tmp_path).kind_of(Exec("ruby:2.5")) == "ruby:2.5"


def test_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    found = kinds(tmp_path)
    write(tmp_path, {"python:3.9": "python:3.10"})
    assert found.kind_of(Exec("python:3.9")) == "python:3.10"
    write(tmp_path, {"python:3.9": "python:default", "a": "python:3.11"})
    assert found.kind_of(Exec("python:3.9")) == "python:3.10"
    (tmp_path / "kinds.json").unlink()
    assert found.kind_of(Exec("python:3.9")) == "python:3.9"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("docker.io/me/one", "python:3.10"),
        ("me/one:latest", "python:3.10"),
        ("me/two:1", "python:3.11"),
        ("ghcr.io/me/one", "python:3.11"),
    ],
)
def test_first_entry_that_fits_an_image_counts(tmp_path: Path, name: str, kind: str) -> None:
    write(tmp_path, {"me/one": "python:3.10", "*": "python:3.11"})
    assert kinds(tmp_path).kind_of(image(name)) == kind


def test_command_line_goes_first(tmp_path: Path) -> None:
    write(tmp_path, {"me/*": "python:3.10"})
    found = kinds(tmp_path, {"me/*": "python:3.11"})
    assert found.kind_of(image("me/x")) == "python:3.11"


def test_patterns_are_for_images_only(tmp_path: Path) -> None:
    write(tmp_path, {"*": "python:3.10"})
    assert kinds(tmp_path).kind_of(Exec("ruby:2.5")) == "ruby:2.5"


def test_interpreter_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    write(tmp_path, {"me/*": "/opt/venv/bin/python", "you/*": "~/venv/bin/python"})
    found = kinds(tmp_path, {"python:3.12": "/opt/python"})
    assert found.kind_of(image("me/x")) == "python:/opt/venv/bin/python"
    assert found.kind_of(image("you/x")) == "python:/home/me/venv/bin/python"
    assert found.kind_of(Exec("python:3.12")) == "python:/opt/python"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("java:8", "'me/x' is mapped to 'java:8', which cannot run here"),
        (
            "cobol:1",
            "'me/x' is mapped to an unknown kind. The specified runtime 'cobol:1' is not supported",
        ),
    ],
)
def test_target_that_does_not_run(tmp_path: Path, target: str, words: str) -> None:
    write(tmp_path, {"me/x": target})
    with pytest.raises(KindNotSupported, match=words):
        kinds(tmp_path).kind_of(image("me/x"))


@pytest.mark.parametrize(
    ("text", "reason"), [("{", "is not JSON"), ('{"a": 1}', "JSON object with strings")]
)
def test_file_that_cannot_be_read_is_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "kinds.json").write_text(text)
    found = kinds(tmp_path)
    with pytest.raises(KindNotSupported, match=reason):
        found.kind_of(image("me/x"))
    assert found.kind_of(Exec("python:3.10")) == "python:3.10"
