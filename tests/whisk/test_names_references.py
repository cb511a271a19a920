from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import FullName, read_reference, reference_json


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ("/guest/a", FullName("guest", None, "a")),
        ("guest/a", FullName("guest", None, "a")),
        ("/_/a", FullName("me", None, "a")),
        ("/guest/models/a", FullName("guest", "models", "a")),
        ({"path": "guest", "name": "a"}, FullName("guest", None, "a")),
        ({"path": "_/models", "name": "a"}, FullName("me", "models", "a")),
    ],
)
def test_reference(obj: object, expected: FullName) -> None:
    assert read_reference(obj, "me") == expected


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        *(
            (each, r"^requirement failed: .* at least the namespace and the")
            for each in ("a", "/a")
        ),
        *((each, r"^requirement failed: path undefined") for each in ("", "/")),
        *(
            (each, r"^fully qualified name malformed")
            for each in (3, None, {"path": "a"}, {"path": "a", "name": "b/c"})
        ),
    ],
)
def test_reference_that_is_none(obj: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_reference(obj, "me")


def test_reference_with_too_many_segments_is_one_to_a_package_that_cannot_be() -> None:
    assert read_reference("/_/a/b/c", "me") == FullName("me", "a/b", "c")


def test_reference_with_a_name_that_is_refused() -> None:
    with pytest.raises(InputError, match=r"path contains invalid parts ArraySeq\(guest, a\$b\)"):
        read_reference("/guest/a$b", "me")


def test_reference_is_read_back() -> None:
    name = FullName("guest", "models", "a")
    assert reference_json(name) == {"path": "guest/models", "name": "a"}
    assert read_reference(reference_json(name), "me") == name
