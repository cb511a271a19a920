from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_faas.errors import NameNotAllowed
from jupyter_faas.whisk import FullName, check_name
from jupyter_faas.whisk.names import action_name, shown_name

NAMES = Path(__file__).parents[1] / "data" / "api" / "action_names.json"

USED_IN_PRACTICE = [
    "a",
    "_",
    "1.0",
    "acp-assets-0.5.0",
    "docker.io_local_openwhisk-python-v311_256MB_3.8.0",
    "user@example.com",
    "two words",
    "a&b",
    "x" * 256,
]


@pytest.mark.parametrize("name", USED_IN_PRACTICE)
def test_check_name_when_legal(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", " a", "a ", "-a", "a/b", "ä", "a\n", "a$", ".a"])
def test_check_name_when_illegal(name: str) -> None:
    with pytest.raises(
        NameNotAllowed, match=r"^The name of the entity contains illegal characters\."
    ):
        check_name(name)


def test_check_name_when_too_long() -> None:
    with pytest.raises(NameNotAllowed, match=r"^Name segement longer than allowed: 300 > 256\."):
        check_name("x" * 300)


def test_check_name_of_a_namespace() -> None:
    with pytest.raises(NameNotAllowed, match=r"^The namespace contains illegal characters\."):
        check_name("a/b", "namespace")


def test_check_name_of_the_reserved_package() -> None:
    with pytest.raises(NameNotAllowed, match="Package name 'default' is reserved"):
        check_name("default", "package")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iris", FullName("_", None, "iris")),
        ("models/iris", FullName("_", "models", "iris")),
        ("/guest/iris", FullName("guest", None, "iris")),
        ("/guest/models/iris", FullName("guest", "models", "iris")),
        ("guest/models/iris", FullName("guest", "models", "iris")),
        ("/_/iris", FullName("_", None, "iris")),
    ],
)
def test_parse(text: str, expected: FullName) -> None:
    assert FullName.parse(text) == expected


def test_parse_with_another_default_namespace() -> None:
    assert FullName.parse("iris", "guest").path == "guest/iris"


@pytest.mark.parametrize("text", ["/iris", "", "/", "a/b/c/d", "/a/b/c/d", "//iris", "a//b"])
def test_parse_when_it_is_no_name(text: str) -> None:
    with pytest.raises(NameNotAllowed):
        FullName.parse(text)


def test_paths() -> None:
    assert FullName("guest", "models", "iris").path == "guest/models/iris"
    assert FullName("guest", "models", "iris").local == "models/iris"
    assert FullName("guest", None, "iris").path == "guest/iris"
    assert FullName("guest", None, "iris").local == "iris"


@pytest.mark.parametrize(
    "name", json.loads(NAMES.read_text("utf-8")), ids=lambda one: one["written"]
)
def test_name_of_the_action(name: dict[str, str]) -> None:
    assert action_name(name["written"]) == name["action"]
    if "$" not in name["written"]:
        assert FullName.parse(name["action"]).local == name["action"]


@pytest.mark.parametrize("case", json.loads(NAMES.read_text("utf-8")))
def test_an_encoded_name_is_shown_as_it_was_written(case: dict[str, str]) -> None:
    assert shown_name(case["action"]) == case["shown"]


OVERRIDE = "a\u202eb"  # the text after this character runs from right to left


@pytest.mark.parametrize(
    "name", ["xn--", "xn--!!", "xn-small", f"xn--{OVERRIDE.encode('punycode').decode()}"]
)
def test_a_name_that_is_not_encoded_is_shown_unchanged(name: str) -> None:
    assert shown_name(name) == name
