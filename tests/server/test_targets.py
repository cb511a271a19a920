"""Adding a target over HTTP, with a second playground as the host."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.client import read_wskprops
from jupyter_faas.playground import start, stop
from tests.server.conftest import Api
from tests.workspace.helpers.samples import assert_same_shape, sample

pytestmark = pytest.mark.skipif("os.name == 'nt'", reason="no playground on Windows")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wskprops file of a second playground."""
    folder = tmp_path_factory.mktemp("second")
    start(folder)
    yield folder / "playground" / "wskprops"
    stop(folder)


def test_profiles_to_choose_from(api: Api, wskprops: Path) -> None:
    found = api("GET", "faas/api/targets/profiles")
    assert_same_shape(found.json, sample("profiles"))
    assert found.json["profiles"][0]["keeps_key"] is False
    wskprops.write_text("APIHOST=host\nAUTH=a:b\n")
    assert api("GET", "faas/api/targets/profiles").json["profiles"][0]["keeps_key"] is True


def test_a_target_is_added_with_a_typed_key_that_is_nowhere_repeated(
    api: Api, host: Path, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    there = read_wskprops(host)
    body = {"name": "lab", "source": "typed", "apihost": there.apihost, "key": there.auth}
    wrong = api("POST", "faas/api/targets", {**body, "key": there.auth[:-4] + "zzzz"})
    assert (wrong.status, wrong.error["field"]) == (400, "key")
    added = api("POST", "faas/api/targets", body)
    assert (added.status, added.json["ok"]) == (201, True)
    assert added.json["lines"][0].startswith("lab responds: namespace ")
    assert_same_shape(added.json, sample("target_check"))
    status = api("GET", "faas/api/status").json
    assert "lab" in [one["name"] for one in status["targets"]]
    # Adding a target does not choose it.
    assert status["target"]["name"] == "playground"
    here = {"target": "lab"}
    assert api("GET", "faas/api/functions", query=here).json["functions"] == []
    said = caplog.text + wrong.text + added.text + (data_dir / "settings.json").read_text()
    for secret in (there.auth, there.auth.partition(":")[2][:40]):
        assert secret not in said


@pytest.mark.parametrize(
    ("body", "field"), [({}, "name"), ({"name": 3}, "name"), ({"name": "lab", "key": []}, "key")]
)
def test_an_invalid_field_is_named(api: Api, body: object, field: str) -> None:
    refused = api("POST", "faas/api/targets", body)
    assert (refused.status, refused.error["field"]) == (400, field)


def test_force_is_a_boolean(api: Api) -> None:
    refused = api("POST", "faas/api/targets", {"name": "lab", "force": "yes"})
    assert (refused.status, refused.error["code"]) == (400, "bad_input")
