"""The road through the routes, on a real playground; the front end tests against the samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import GREET, Answer, Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample

# Fails without a name.
GREET_BY_NAME = GREET.replace(
    "    return", "    if not name:\n        raise ValueError('no name')\n    return"
)


@pytest.fixture
def greet(api: Api, data_dir: Path) -> Any:
    """The deployed function ``greet``: what was packaged."""
    packaged = pack(data_dir, GREET_BY_NAME)
    assert api("POST", "faas/api/deployments", {"package": packaged.record.id}).status == 200
    return packaged


def invoke(api: Api, **params: object) -> Answer:
    """One run of ``greet``."""
    return api("POST", "faas/api/functions/greet/invocations", {"params": params})


def without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A record without what each function fills in its own way."""
    return {key: value for key, value in record.items() if key not in keys}


def test_status_before_anything_ran(api: Api) -> None:
    answer = api("GET", "faas/api/status")
    assert answer.status == 200
    assert_same_shape(answer.json, sample("status"))
    assert answer.json["target"]["state"] == "stopped"


def test_playground_starts_and_stops(api: Api) -> None:
    started = api("POST", "faas/api/playground", {"action": "start"})
    assert started.status == 200
    assert_same_shape(started.json, sample("status"))
    assert started.json["target"]["state"] == "running"
    assert started.json["target"]["namespace"] == "guest"
    stopped = api("POST", "faas/api/playground", {"action": "stop"})
    assert stopped.json["target"]["state"] == "stopped"
    assert stopped.json["ended"] == []


def test_target_switches_and_stays(api: Api, wskprops: Path) -> None:
    wskprops.write_text("APIHOST=http://127.0.0.1:9\nAUTH=user:key\n", "utf-8")
    switched = api("PUT", "faas/api/target", {"name": "wskprops"})
    assert switched.status == 200
    assert_same_shape(switched.json, sample("status"))
    assert switched.json["target"]["state"] == "unreachable"
    assert api("GET", "faas/api/status").json["target"]["name"] == "wskprops"
    assert api("PUT", "faas/api/target", {"name": "playground"}).json["target"]["name"] == (
        "playground"
    )


def test_each_request_is_about_the_target_of_its_notebook(
    api: Api, greet: Any, wskprops: Path
) -> None:
    wskprops.write_text("APIHOST=http://127.0.0.1:9\nAUTH=user:key\n", "utf-8")
    elsewhere = {"target": "wskprops"}
    assert [one["name"] for one in api("GET", "faas/api/functions").json["functions"]] == ["greet"]
    assert api("GET", "faas/api/functions", query=elsewhere).error["code"] == "target_not_reachable"
    found = api("GET", "faas/api/status", query=elsewhere).json
    assert (found["target"]["name"], found["default"]) == ("wskprops", "playground")
    # The default changes, and the notebook does not notice.
    api("PUT", "faas/api/target", {"name": "wskprops"}, query={"target": "playground"})
    assert api("GET", "faas/api/status").json["target"]["name"] == "wskprops"
    here = {"target": "playground"}
    assert api("GET", "faas/api/status", query=here).json["target"]["name"] == "playground"
    run = api("POST", "faas/api/functions/greet/invocations", {"params": {"name": "A"}}, query=here)
    page = f"faas/activations/{run.json['id']}"
    assert api("GET", page, query=here).status == 200
    assert api("GET", page).status == 502


def test_a_notebooks_target_that_is_not_configured(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir)
    there = {"target": "moon"}
    found = api("GET", "faas/api/status", query=there).json["target"]
    assert (found["name"], found["state"]) == ("moon", "unreachable")
    assert found["message"] == (
        "This notebook uses the target 'moon', which is not configured on this machine."
    )
    refused = api(
        "POST", "faas/api/deployments", {"package": packaged.record.id}, query=there
    ).error
    assert refused["code"] == "target_not_configured"
    assert "%faas target use NAME" in refused["hint"]
    # Nothing was sent to the default instead, which was not even started.
    assert api("GET", "faas/api/status").json["target"]["state"] == "stopped"


def test_target_that_there_is_not(api: Api) -> None:
    answer = api("PUT", "faas/api/target", {"name": "lab"})
    assert answer.status == 400
    assert answer.error["code"] == "target_not_configured"


def test_lists_when_the_target_does_not_answer(api: Api) -> None:
    for path in ("faas/api/functions", "faas/api/activations"):
        answer = api("GET", path)
        assert answer.status == 502
        assert_same_shape(answer.json, sample("error"))
        assert answer.error["code"] == "target_not_reachable"


def test_deployment(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir)
    answer = api("POST", "faas/api/deployments", {"package": packaged.record.id})
    assert answer.status == 200
    assert_same_shape(answer.json, sample("deployment"))
    assert answer.json["bundle"] == packaged.bundle
    assert answer.json["version"] == "0.0.1"
    again = api("POST", "faas/api/deployments", {"package": packaged.record.id})
    assert (again.json["version"], again.json["unchanged"]) == ("0.0.1", True)


@pytest.mark.usefixtures("greet")
def test_functions(api: Api) -> None:
    answer = api("GET", "faas/api/functions")
    assert answer.status == 200
    entry = sample("functions")["functions"][0]
    (function,) = answer.json["functions"]
    assert list(answer.json) == ["functions", "as_of"]
    assert_same_shape(without(function, "schema"), without(entry, "schema"))
    assert function["notebook"] == "quickstart.ipynb"
    assert function["schema"]["required"] == ["name"]


def test_a_function_in_a_package(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir, package="letters")
    deployed = api("POST", "faas/api/deployments", {"package": packaged.record.id})
    assert deployed.json["name"] == "letters/greet"
    (listed,) = api("GET", "faas/api/functions").json["functions"]
    assert listed["name"] == "letters/greet"
    path = "faas/api/functions/letters/greet"
    run = api("POST", f"{path}/invocations", {"params": {"name": "Ada"}}).json
    assert (run["name"], run["result"]) == ("letters/greet", {"greeting": "Hello, Ada"})
    of_it = {"name": "letters/greet"}
    (entry,) = api("GET", "faas/api/activations", query=of_it).json["activations"]
    assert entry["id"] == run["id"]
    assert api("POST", "faas/api/functions/greet/invocations", {}).status == 404
    assert api("DELETE", path).status == 204
    assert api("GET", "faas/api/functions").json["functions"] == []


def test_a_function_named_like_a_route_is_removed(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir, name="invocations", package="letters")
    api("POST", "faas/api/deployments", {"package": packaged.record.id})
    path = "faas/api/functions/letters/invocations"
    run = api("POST", f"{path}/invocations", {"params": {"name": "Ada"}}).json
    assert run["name"] == "letters/invocations"
    assert api("DELETE", path).status == 204


@pytest.mark.usefixtures("greet")
def test_invocation(api: Api) -> None:
    answer = invoke(api, name="Ada")
    assert answer.status == 200
    wanted = sample("activation")
    assert_same_shape(
        without(answer.json, "result", "annotations"), without(wanted, "result", "annotations")
    )
    assert list(answer.json) == list(wanted)
    assert answer.json["result"] == {"greeting": "Hello, Ada"}
    assert [line.split(" ", 1)[1] for line in answer.json["logs"]] == ["stdout: hi Ada"]
    assert answer.json["cold"]
    assert not invoke(api, name="Bob").json["cold"]


@pytest.mark.usefixtures("greet")
def test_invocation_with_a_misspelt_parameter(api: Api) -> None:
    answer = invoke(api, nmae="Ada")
    assert (answer.status, answer.error["code"]) == (400, "parameters_rejected")
    assert answer.error["hint"].startswith("Did you mean name? ")


@pytest.mark.usefixtures("greet")
def test_invocation_without_a_required_parameter_is_refused(api: Api) -> None:
    answer = invoke(api)
    assert (answer.status, answer.error["code"]) == (400, "parameters_rejected")
    assert answer.error["message"] == "greet needs name (a string)."


@pytest.mark.usefixtures("greet")
def test_invocation_that_fails_is_an_activation_too(api: Api) -> None:
    answer = invoke(api, name="")
    assert answer.status == 200
    assert not answer.json["ok"]
    assert answer.json["status"] != "success"
    assert "no name" in answer.json["result"]["error"]


@pytest.mark.usefixtures("greet")
def test_invocation_with_a_value_of_the_wrong_type_is_refused(api: Api) -> None:
    answer = invoke(api, name=1)
    assert (answer.status, answer.error["code"]) == (400, "parameters_rejected")
    assert answer.error["message"] == "name must be a string, not 1."
    assert api("GET", "faas/api/activations").json["activations"] == []


@pytest.mark.usefixtures("greet")
def test_activations_are_searched_by_status_and_name(api: Api) -> None:
    def search(**query: str) -> tuple[list[str], int | None]:
        answer = api("GET", "faas/api/activations", query=query).json
        return [one["id"] for one in answer["activations"]], answer["searched_to"]

    failed = [invoke(api, name="").json for _ in range(2)]
    succeeded = [invoke(api, name=name).json for name in ("Ada", "Bob")]
    latest_failure, first_failure = failed[1], failed[0]
    ids, searched_to = search(status="failed", limit="1")
    assert (ids, searched_to) == ([latest_failure["id"]], latest_failure["start"])
    ids, searched_to = search(status="failed", upto=str(searched_to))
    assert (ids, searched_to) == ([latest_failure["id"], first_failure["id"]], None)
    ids, _ = search(contains="GRE", status="succeeded")
    assert ids == [one["id"] for one in reversed(succeeded)]
    assert search(contains="grx") == ([], None)
    assert search(name="greet", status="any")[0][0] == succeeded[1]["id"]
    refused = api("GET", "faas/api/activations", query={"status": "late"})
    assert (refused.status, refused.error["code"]) == (400, "bad_input")


@pytest.mark.usefixtures("greet")
def test_activations(api: Api) -> None:
    first, second = (invoke(api, name=name).json for name in ("Ada", "Bob"))
    answer = api("GET", "faas/api/activations")
    assert answer.status == 200
    assert_same_shape(answer.json, sample("activations"))
    ids = [one["id"] for one in answer.json["activations"]]
    assert ids == [second["id"], first["id"]]
    one = api("GET", "faas/api/activations", query={"limit": "1", "skip": "1", "name": "greet"})
    assert [found["id"] for found in one.json["activations"]] == [first["id"]]
    later = api("GET", "faas/api/activations", query={"since": str(second["end"] + 1000)})
    assert later.json["activations"] == []
    assert api("GET", "faas/api/activations", query={"name": "other"}).json["activations"] == []


@pytest.mark.usefixtures("greet")
def test_activation(api: Api) -> None:
    ran = invoke(api, name="Ada").json
    answer = api("GET", f"faas/api/activations/{ran['id']}")
    assert answer.status == 200
    assert answer.json == ran


@pytest.mark.usefixtures("greet")
def test_removal(api: Api) -> None:
    gone = api("DELETE", "faas/api/functions/greet")
    assert (gone.status, gone.text) == (204, "")
    assert api("GET", "faas/api/functions").json["functions"] == []
    again = api("DELETE", "faas/api/functions/greet")
    assert again.status == 404
    assert again.error["code"] == "action_not_found"


@pytest.mark.usefixtures("greet")
def test_activation_that_there_is_not(api: Api) -> None:
    answer = api("GET", f"faas/api/activations/{'0' * 32}")
    assert answer.status == 404
    assert answer.error["code"] == "activation_not_found"


@pytest.mark.usefixtures("greet")
def test_invocation_of_a_function_that_there_is_not(api: Api) -> None:
    answer = api("POST", "faas/api/functions/other/invocations", {"params": {}})
    assert answer.status == 404
    assert answer.error["code"] == "action_not_found"


def test_package_of_another_disk_is_carried_and_deployed(
    api: Api, data_dir: Path, tmp_path: Path
) -> None:
    packaged = pack(tmp_path / "kernel")
    record, path = packaged.record, f"faas/api/packages/{packaged.record.id}"
    data = (tmp_path / "kernel" / "bundles" / f"{packaged.bundle}.zip").read_bytes()

    missing = api("POST", "faas/api/deployments", {"package": record.id})
    assert (missing.status, missing.error["code"]) == (404, "package_not_found")
    assert api("PUT", path, record.to_json()).json == {"id": record.id}
    missing = api("POST", "faas/api/deployments", {"package": record.id})
    assert (missing.status, missing.error["code"]) == (404, "bundle_not_found")
    carried = api("PUT", f"faas/api/bundles/{packaged.bundle}", data)
    assert (carried.status, carried.json) == (200, {"sha256": packaged.bundle})
    assert api("POST", "faas/api/deployments", {"package": record.id}).status == 200
    assert invoke(api, name="Ada").json["result"] == {"greeting": "Hello, Ada"}


def test_bundle_with_another_hash(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir)
    data = (data_dir / "bundles" / f"{packaged.bundle}.zip").read_bytes()
    answer = api("PUT", f"faas/api/bundles/{'a' * 64}", data)
    assert (answer.status, answer.error["code"]) == (400, "bundle_damaged")


def test_bundle_that_is_no_zip(api: Api) -> None:
    answer = api("PUT", f"faas/api/bundles/{'a' * 64}", b"no zip at all")
    assert (answer.status, answer.error["code"]) == (400, "bundle_damaged")


def test_package_record_with_another_id(api: Api, data_dir: Path) -> None:
    record = pack(data_dir).record.to_json()
    answer = api("PUT", f"faas/api/packages/{'b' * 16}", record)
    assert answer.status == 400
    assert answer.error["code"] == "bundle_damaged"


@pytest.mark.parametrize("record", [{}, {"id": 3}, {"id": "b" * 16, "name": "x"}], ids=str)
def test_package_record_that_is_none(api: Api, record: object) -> None:
    answer = api("PUT", f"faas/api/packages/{'b' * 16}", record)
    assert answer.status == 400


def test_forecast(api: Api, data_dir: Path) -> None:
    packaged = pack(data_dir)
    answer = api("GET", f"faas/api/packages/{packaged.record.id}/forecast")
    assert answer.status == 200
    assert_same_shape(answer.json, sample("forecast"))
    assert answer.json["state"] == "measured"


def test_preflight_is_of_the_target_in_use(api: Api, data_dir: Path, wskprops: Path) -> None:
    packaged = pack(data_dir)
    path = f"faas/api/packages/{packaged.record.id}/preflight"
    answer = api("GET", path)
    assert answer.status == 200
    assert answer.json["target"] == {"name": "playground", "label": "Local playground"}
    assert all(one["ok"] for one in answer.json["preflight"])
    assert answer.json["cold_start"] is None
    times = {"cold_ms": "300", "first_call_ms": "4"}
    here = api("GET", path, query=times).json["cold_start"]
    assert (here["cold_ms"], here["timeout_share"], here["note"]) == (300, 0.005, "")
    wskprops.write_text("APIHOST=http://127.0.0.1:9\nAUTH=user:key\n", "utf-8")
    api("PUT", "faas/api/target", {"name": "wskprops"})
    there = api("GET", path).json
    assert there["target"]["name"] == "wskprops"
    assert there["preflight"][0]["check"] == "Host"
    there = api("GET", path, query=times).json
    assert_same_shape(list(there), list(sample("preflight")))
    assert_same_shape(there["cold_start"], sample("preflight")["cold_start"])
    assert there["cold_start"]["note"].endswith("and unpack it there")


def test_forecast_of_a_package_that_there_is_not(api: Api) -> None:
    answer = api("GET", f"faas/api/packages/{'b' * 16}/forecast")
    assert (answer.status, answer.error["code"]) == (404, "package_not_found")


def test_playground_starts_with_the_server_when_configured(
    jp_configurable_serverapp: Any, jp_asyncio_loop: Any, data_dir: Path
) -> None:
    from jupyter_faas.playground import status

    app = jp_configurable_serverapp(
        config={
            "ServerApp": {"jpserver_extensions": {"jupyter_faas": True}},
            "FaasExtension": {"data_folder": str(data_dir), "autostart_playground": True},
        }
    )
    (extension,) = app.extension_manager.extension_apps["jupyter_faas"]
    jp_asyncio_loop.run_until_complete(extension._start_jupyter_server_extension(app))
    jp_asyncio_loop.run_until_complete(extension._autostart)
    assert status(data_dir) is not None
