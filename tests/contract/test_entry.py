"""Contract §5.1, §5.3: where a Python action begins, and the key that it is given."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.helpers.api import Api, python, zipped

ENTRY = "def go(args):\n    return {'from': __name__}\n"
CANNOT_START = "Cannot start action. Check logs for details."


def tarred(files: Mapping[str, str]) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return base64.b64encode(buffer.getvalue()).decode()


def run(api: Api, name: str, code: str, main: str | None = None) -> dict[str, Any]:
    body = python(code)
    if main is not None:
        body["exec"]["main"] = main
    response = api.put(name, body)
    assert response.status_code == 200, response.text
    return api.record(api.invoke(name, blocking=False).json()["activationId"])


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar.gz"])
def test_main_of_another_name_in_an_archive(api: Api, name: str, pack: Any) -> None:
    record = run(api, name, pack({"__main__.py": ENTRY}), "go")
    assert record["response"]["result"] == {"from": "main__"}


@pytest.mark.parametrize("entry", ["exec", "main__.py"])
def test_main_file_of_another_name(api: Api, name: str, entry: str) -> None:
    record = run(api, name, zipped({entry: ENTRY, "other.py": ""}), "go")
    assert record["response"]["result"] == {"from": "main__"}


def test_file_exec_takes_the_place_of_the_main_file(api: Api, name: str) -> None:
    code = zipped({"__main__.py": "def main(args):\n    return {'from': 'old'}\n", "exec": ENTRY})
    assert run(api, name, code, "go")["response"]["result"] == {"from": "main__"}


@pytest.mark.parametrize("main", [None, "other", "go.go"])
def test_main_that_is_not_there(api: Api, name: str, main: str | None) -> None:
    record = run(api, name, zipped({"__main__.py": ENTRY}), main)
    assert record["response"]["status"] == "action developer error"
    assert record["response"]["result"] == {"error": CANNOT_START}
    assert "ImportError" in "".join(record["logs"])


def test_main_that_is_brought_by_another_module(api: Api, name: str) -> None:
    code = zipped({"__main__.py": "from lib.start import go\n", "lib/start.py": ENTRY})
    assert run(api, name, code, "go")["response"]["result"] == {"from": "lib.start"}


KEY = "import os\ndef main(args):\n    return {'key': os.environ.get('__OW_API_KEY')}\n"


@pytest.mark.parametrize(
    ("value", "given"),
    [
        *((True, True), (1, True), ("no", True), ({}, True), ([], True)),
        *((False, False), (0, False), ("", False), (None, False)),
    ],
)
def test_key_is_given_when_the_annotation_is_truthy(
    api: Api, name: str, value: object, given: bool
) -> None:
    api.put(name, python(KEY, annotations=[{"key": "provide-api-key", "value": value}]))
    key = api.invoke(name, result=True).json()["key"]
    assert key == (api.target.auth if given else None)


def test_key_is_given_when_there_is_no_annotation(api: Api, name: str) -> None:
    api.put(name, python(KEY))
    assert api.invoke(name, result=True).json() == {"key": None}
    removed = api.put(name, {"delAnnotations": ["provide-api-key"]}, overwrite=True).json()
    assert "provide-api-key" not in [each["key"] for each in removed["annotations"]]
    assert api.invoke(name, result=True).json() == {"key": api.target.auth}
