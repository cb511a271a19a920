from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.workspace.preflight.credentials import credential_names, credentials_check
from tests.workspace.helpers.cells import packaged

# Each is put together here, so that no scanner takes this file for a leak.
AWS = "AKIA" + "IOSFODNN7ABCDEFG"
GITHUB = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("API_KEY = 'f3a9c17b2e8d4461'", ["API_KEY"]),
        ("DB_PASSWORD: str = 'hunter2'", ["DB_PASSWORD"]),
        ("db = connect(user='me', password='hunter2')", ["password"]),
        ("config = {'auth_token': 'f3a9c17b2e8d4461', 'user': 'me'}", ["auth_token"]),
        ("self.secret_key = 'f3a9c17b2e8d4461'", ["secret_key"]),
        ("headers['X-Api-Key'] = 'f3a9c17b2e8d4461'", []),
        ("headers['api_key'] = 'f3a9c17b2e8d4461'", ["api_key"]),
        ("def f(password='hunter2'): pass", ["password"]),
        (f"region = '{AWS}'", ["region"]),
        (f"call('{GITHUB}')", ["a text"]),
        ("engine = create_engine('postgresql://me:hunter2@db/sales')", ["a text"]),
    ],
)
def test_constants_that_look_like_credentials_are_named(source: str, names: list[str]) -> None:
    assert list(credential_names(source)) == names


@pytest.mark.parametrize(
    "source",
    [
        "key = 'species'",
        "token = 'unknown'",
        "TOKENIZER = 'bert-base-uncased'",
        "secret_name = 'database-password'",
        "password = os.environ['DB_PASSWORD']",
        "password = ''",
        "API_KEY = '<your key here>'",
        "api_key = 'your_api_key_000000'",
        "def f(password: str): return len(password)",
        "url = 'https://example.com:8443/a@b'",
        "this is no Python",
    ],
)
def test_ordinary_constants_are_not(source: str) -> None:
    assert list(credential_names(source)) == []


CELL = """\
%%function sign
API_KEY = 'f3a9c17b2e8d4461'
PASSWORD = 'hunter2'

def sign(n: int):
    return {'n': n, 'key': len(API_KEY + PASSWORD)}
"""


def test_one_warning_names_all_and_the_cure_and_shows_no_value(tmp_path: Path) -> None:
    made = packaged(tmp_path, CELL, "sign")
    check = credentials_check(BundleStore(tmp_path).get(made.bundle))
    assert check is not None
    assert (check.ok, check.warn) == (True, True)
    assert check.value == "API_KEY, PASSWORD"
    assert "%faas secret set API_KEY" in check.hint
    assert 'os.environ["API_KEY"]' in check.hint
    assert "f3a9c17b2e8d4461" not in repr(check)
    warned = [row for row in made.card["preflight"] if row.get("warn")]
    assert [row["check"] for row in warned] == ["Credentials"]
