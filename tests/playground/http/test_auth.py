from __future__ import annotations

import base64
from pathlib import Path

import pytest

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.namespaces import Namespaces
from jupyter_faas.playground.errors import Unauthenticated
from jupyter_faas.playground.http.auth import MISSING, Authenticator

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64


@pytest.fixture
def authenticator(tmp_path: Path) -> Authenticator:
    folder = DataDirectory(tmp_path)
    folder.create()
    folder.key.write_text(AUTH)
    return Authenticator(Namespaces(folder))


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize("header", [basic(AUTH), basic(AUTH).replace("Basic", "basic")])
def test_key(authenticator: Authenticator, header: str) -> None:
    assert authenticator.check(header).namespace == "guest"


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Basic", "Basic ???"])
def test_no_key(authenticator: Authenticator, header: str | None) -> None:
    with pytest.raises(Unauthenticated) as error:
        authenticator.check(header)
    assert error.value.message == MISSING


@pytest.mark.parametrize(
    "header",
    [
        basic(AUTH[:-1]),
        basic(AUTH + "x"),
        basic(AUTH.upper()),
        basic(":"),
        basic("ä"),
    ],
)
def test_wrong_key(authenticator: Authenticator, header: str) -> None:
    with pytest.raises(Unauthenticated, match="The supplied authentication is invalid"):
        authenticator.check(header)
