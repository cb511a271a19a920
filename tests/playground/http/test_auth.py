from __future__ import annotations

import base64

import pytest

from jupyter_faas.playground.http.auth import INVALID, MISSING, Authenticator
from jupyter_faas.playground.refusals import Unauthenticated

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
AUTHENTICATOR = Authenticator(AUTH)


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize("header", [basic(AUTH), basic(AUTH).replace("Basic", "basic")])
def test_key(header: str) -> None:
    AUTHENTICATOR.check(header)


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Basic"])
def test_no_key(header: str | None) -> None:
    with pytest.raises(Unauthenticated) as error:
        AUTHENTICATOR.check(header)
    assert error.value.message in (MISSING, INVALID)


@pytest.mark.parametrize(
    "header",
    [
        basic(AUTH[:-1]),
        basic(AUTH + "x"),
        basic(AUTH.upper()),
        basic(":"),
        basic("ä"),
        "Basic ???",
        "Basic",
    ],
)
def test_wrong_key(header: str) -> None:
    with pytest.raises(Unauthenticated, match="The supplied authentication is invalid"):
        AUTHENTICATOR.check(header)
