from __future__ import annotations

import pytest

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import RUNTIMES, resolve_kind
from jupyter_faas.whisk.kinds import (
    runtimes_from_info,
    runtimes_json,
    runtimes_with_python,
    with_node,
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("python:3.11", "python:3.11"),
        ("PYTHON:3.11", "python:3.11"),
        ("python:default", "python:3.10"),
        ("nodejs:default", "nodejs:20"),
        ("python:3", "python:3.10"),
        ("python:2", "python:3.10"),
        ("nodejs:6", "nodejs:20"),
        ("nodejs:14", "nodejs:20"),
        ("java:default", "java:8"),
        ("dotnet:6.0", "dotnet:6.0"),
    ],
)
def test_resolve_kind(kind: str, expected: str) -> None:
    assert resolve_kind(kind) == expected


@pytest.mark.parametrize("kind", ["x", "cobol:85", "python:1.5", "cobol:default", "sequence", ""])
def test_resolve_kind_when_unknown(kind: str) -> None:
    with pytest.raises(KindNotSupported) as error:
        resolve_kind(kind)
    message = error.value.message
    assert message.startswith(
        f"The specified runtime '{kind}' is not supported by this platform. Valid values are: '"
    )
    assert "'python:3.10', 'python:3.11'" in message
    assert message.endswith("'.")


def test_own_python_is_the_default() -> None:
    runtimes = runtimes_with_python("3.12")
    assert resolve_kind("python:default", runtimes) == "python:3.12"
    assert resolve_kind("python:3", runtimes) == "python:3.12"
    assert [each.kind for each in runtimes["python"] if each.default] == ["python:3.12"]


def test_own_python_when_it_is_newer_than_the_list() -> None:
    runtimes = runtimes_with_python("3.99")
    assert [each.kind for each in runtimes["python"]][-1] == "python:3.99"
    assert resolve_kind("python:3.9", runtimes) == "python:3.9"


def test_manifest_lists_every_family_with_one_default() -> None:
    manifest = runtimes_json()
    assert set(manifest) == {
        *("nodejs", "python", "swift", "java", "php", "ruby", "go", "dotnet", "rust")
    }
    for kinds in manifest.values():
        assert [each["default"] for each in kinds].count(True) == 1


def test_manifest_fields() -> None:
    (java,) = runtimes_json()["java"]
    assert set(java) == {*("kind", "image", "default", "deprecated", "attached", "requireMain")}
    assert java["requireMain"] is True


def test_manifest_is_read_back() -> None:
    assert runtimes_from_info(runtimes_json()) == RUNTIMES


@pytest.mark.parametrize(
    ("major", "default"),
    [(0, "nodejs:20"), (16, "nodejs:20"), (18, "nodejs:18"), (19, "nodejs:18"), (22, "nodejs:20")],
)
def test_default_of_node_is_what_can_be_run(major: int, default: str) -> None:
    runtimes = with_node(RUNTIMES, major)
    assert resolve_kind("nodejs:default", runtimes) == default
    assert [each.default for each in runtimes["nodejs"]].count(True) == 1
    assert resolve_kind("python:default", runtimes) == "python:3.10"
