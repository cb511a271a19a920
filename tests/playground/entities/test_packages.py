"""Packages outlive the process, and so does their order; their keys outlive the port."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.playground import start, stop
from jupyter_faas.playground.entities.namespaces import add_namespace
from tests.contract.helpers.api import Api, Target, python
from tests.playground.entities.test_access import House, closing
from tests.playground.helpers.loop import in_loop


def test_packages_and_namespaces_are_there_after_a_restart(tmp_path: Path) -> None:
    wskprops = add_namespace(tmp_path, "other")

    def connect() -> Api:
        info = start(tmp_path, port=0, wait_s=30)
        found = dict(line.split("=", 1) for line in wskprops.read_text().splitlines())
        # The file follows the playground to whatever port it gets.
        assert found["APIHOST"] == info.apihost
        return Api(Target(found["APIHOST"], found["AUTH"], True))

    try:
        api = connect()
        body = {"parameters": [{"key": "name", "value": "you"}], "publish": True}
        assert api.put_package("p", body).status_code == 200
        bound = {"binding": {"namespace": "_", "name": "p"}}
        assert api.put_package("b", bound).status_code == 200
        assert api.put("p/a", python()).status_code == 200
        assert api.put_package("gone").status_code == 200
        assert api.put("gone/a", python()).status_code == 200
        assert api.delete_package("gone", force=True).status_code == 200
        before = api.request("GET", "packages").json()
        api.session.close()
        stop(tmp_path)

        api = connect()
        assert api.request("GET", "packages").json() == before
        assert [each["name"] for each in api.request("GET", "actions").json()] == ["a"]
        assert api.invoke("b/a", result=True).json() == {"greeting": "Hello you"}
        api.session.close()
    finally:
        stop(tmp_path)


@in_loop
async def test_last_written_of_a_millisecond_is_the_newest(tmp_path: Path) -> None:
    async with closing(House(tmp_path)) as house:
        for name in ("b", "c", "a", "b"):
            await house.put_package(f"me/{name}")
        assert _names(house) == ["b", "a", "c"]
    async with closing(House(tmp_path)) as house:
        assert _names(house) == ["b", "a", "c"]


def _names(house: House) -> list[str]:
    return [each.name for each in house.packages.list("me", published_only=False)]
