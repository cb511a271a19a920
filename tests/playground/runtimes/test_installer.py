from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.installer import (
    InstallFiles,
    failure_message,
    installer_environment,
)


def test_environment_has_the_users_configuration() -> None:
    environ = {
        "PIP_INDEX_URL": "http://i",
        "UV_CACHE_DIR": "/c",
        "npm_config_registry": "http://n",
        "XDG_CONFIG_HOME": "/x",
        "all_proxy": "http://p",
        "PIP_TARGET": "/elsewhere",
        "npm_config_global": "true",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    found = installer_environment(environ, {"PATH": "/bin", "VIRTUAL_ENV": "/x"})
    assert found == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "http://i",
        "UV_CACHE_DIR": "/c",
        "npm_config_registry": "http://n",
        "XDG_CONFIG_HOME": "/x",
        "all_proxy": "http://p",
    }


@pytest.mark.parametrize(
    ("blamed", "output", "expected"),
    [
        (["a"], "no such version", "The w could not be installed ('a'). See logs for details."),
        (
            ["own @ https://me:pass@host/own.whl"],
            "?",
            "The w could not be installed ('own @ https://***@host/own.whl'). "
            "See logs for details.",
        ),
        ([], "?", "The w could not be installed. See logs for details."),
        (
            ["a", "b", "c", "d", "e"],
            "error: Failed to fetch: x",
            "The w could not be installed ('a', 'b', 'c' and 2 more): the package index is not "
            "reachable. See logs for details.",
        ),
    ],
)
def test_failure(blamed: list[str], output: str, expected: str) -> None:
    assert failure_message("w", blamed, output) == expected


def test_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b").write_text("2")
    some, everything = InstallFiles(tmp_path, ("a", "absent")), InstallFiles(tmp_path, None)
    before = some.digest("x"), everything.digest("x")
    assert len({*before, some.digest("y")}) == 3
    (tmp_path / "sub/b").write_text("3")
    assert some.digest("x") == before[0]
    assert everything.digest("x") != before[1]


def test_copy(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "sub").mkdir(parents=True)
    (source / "sub/b").write_text("2")
    target.mkdir()
    InstallFiles(source, None).copy_to(target)
    assert (target / "sub/b").read_text() == "2"
