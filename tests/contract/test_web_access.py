"""Contract §4: which web actions there are, who may call them, and for whom they run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import start, stop
from tests.contract.conftest import Deploy
from tests.contract.helpers.api import TIMEOUT_S, Api, Target, annotated, python
from tests.contract.helpers.web import ECHO, Web, answering, exported, raw

HELLO = {"body": "hello"}
METHODS = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
MISSING = "The requested resource does not exist."
NO_ROUTE = "The requested resource could not be found."
UNAUTHORIZED = "Authentication is possible but has failed or not yet been provided."


# -- which there are -----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [False, "true", 1, None])
def test_action_that_is_not_exported(web: Web, deploy: Deploy, value: object) -> None:
    response = web.get(deploy(**answering(HELLO, web_export=value)))
    assert (response.status_code, response.json()["error"]) == (404, MISSING)


def test_action_without_the_annotation(web: Web, deploy: Deploy) -> None:
    assert web.get(deploy(ECHO), auth=web.auth()).status_code == 404


@pytest.mark.parametrize("path", ["default/missing", "missing/missing"])
def test_action_or_package_that_is_missing(web: Web, path: str) -> None:
    url = f"{web.target.apihost}/api/v1/web/{web.namespace}/{path}"
    response = web.session.get(url, timeout=TIMEOUT_S)
    assert (response.status_code, response.json()["error"]) == (404, MISSING)


def test_namespace_that_is_missing(web: Web, deploy: Deploy) -> None:
    name = deploy(**answering(HELLO))
    for namespace in ("nobody_at_all", "_"):
        url = f"{web.target.apihost}/api/v1/web/{namespace}/default/{name}"
        response = web.session.get(url, auth=web.auth(), timeout=TIMEOUT_S)
        assert (response.status_code, response.json()["error"]) == (404, MISSING)


@pytest.mark.parametrize("path", ["", "/", "/default", "/default/", "/default/$$", "/a%2Fb/c"])
def test_path_of_no_action(web: Web, path: str) -> None:
    url = f"{web.target.apihost}/api/v1/web/{web.namespace}{path}"
    response = web.session.get(url, auth=web.auth(), timeout=TIMEOUT_S)
    assert (response.status_code, response.json()["error"]) == (404, NO_ROUTE)
    assert web.session.get(url, timeout=TIMEOUT_S).status_code == 401


def test_name_is_percent_encoded(web: Web, api: Api) -> None:
    name = "a web action@1.0"
    try:
        api.put(name, python(**answering(HELLO)), overwrite=True)
        assert web.get("a%20web%20action%401.0.http/x").text == "hello"
    finally:
        api.delete(name)


def test_host_of_someone_else(web: Web, deploy: Deploy, ours: None) -> None:
    path = web.url(deploy(**answering(HELLO))).removeprefix(web.target.apihost)
    answer = raw(web.target, f"GET {path} HTTP/1.1\r\nHost: evil.example")
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"hello" not in answer


def test_action_of_a_package_and_of_a_binding(web: Web, api: Api) -> None:
    package, binding = (f"test_{uuid.uuid4().hex[:12]}" for _ in range(2))
    parameters = [{"key": "a", "value": "package"}, {"key": "b", "value": "package"}]
    try:
        api.request("PUT", f"packages/{package}", json={"parameters": parameters})
        bound = {
            "binding": {"namespace": "_", "name": package},
            "parameters": [{"key": "b", "value": "binding"}],
        }
        api.request("PUT", f"packages/{binding}", json=bound)
        action = f"{package}/echo"
        api.request("PUT", f"actions/{action}", json=python(ECHO, **exported(final=True)))
        for where, b in ((package, "package"), (binding, "binding")):
            response = web.session.get(web.url("echo", where), timeout=TIMEOUT_S)
            assert response.status_code == 200, response.text
            assert (response.json()["a"], response.json()["b"]) == ("package", b)
            record = annotated(api.record(response.headers["x-openwhisk-activation-id"]))
            assert record["path"] == f"{web.namespace}/{action}"
            # What the package sets is as final as what the action does.
            response = web.session.get(web.url("echo?a=1", where), timeout=TIMEOUT_S)
            assert response.status_code == 400
    finally:
        for each in (binding, package):
            api.request("DELETE", f"packages/{each}?force=true")


# -- who may -------------------------------------------------------------------------------------


def test_key_of_the_host_is_asked_for(web: Web, deploy: Deploy) -> None:
    name = deploy(**answering(HELLO, require_whisk_auth=True))
    for response in (web.get(name), web.get(name, auth=("a", "b"))):
        assert response.status_code == 401
        assert response.json() == {
            "error": UNAUTHORIZED,
            "code": response.headers["X-Request-ID"],
        }
        assert "WWW-Authenticate" not in response.headers
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert web.get(name, auth=web.auth()).text == "hello"


@pytest.mark.parametrize(("wanted", "given"), [("söcret", "söcret"), (1234, "1234")])
def test_word_is_asked_for(web: Web, deploy: Deploy, wanted: object, given: str) -> None:
    name = deploy(**answering(HELLO, require_whisk_auth=wanted))
    header = "X-Require-Whisk-Auth"
    assert web.get(name).status_code == 401
    assert web.get(name, auth=web.auth()).status_code == 401
    assert web.get(name, headers={header: f"{given}x".encode()}).status_code == 401
    assert web.get(name, headers={header: given.encode()}).text == "hello"


def test_nothing_is_asked_for(web: Web, deploy: Deploy) -> None:
    assert web.get(deploy(**answering(HELLO, require_whisk_auth=False))).text == "hello"


@pytest.mark.parametrize("wanted", [None, {"a": 1}, ["x"]])
def test_what_cannot_be_asked_for_is_never_given(web: Web, deploy: Deploy, wanted: object) -> None:
    name = deploy(**answering(HELLO, require_whisk_auth=wanted))
    assert web.get(name, auth=web.auth()).status_code == 401


# -- from which page -----------------------------------------------------------------------------


def test_cross_origin(web: Web, deploy: Deploy) -> None:
    headers = web.get(deploy(**answering(HELLO))).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Methods"] == METHODS
    assert headers["Access-Control-Allow-Headers"] == HEADERS


def test_cross_origin_when_it_fails(web: Web, deploy: Deploy) -> None:
    response = web.get(deploy(**answering({"statusCode": 99})))
    assert response.status_code == 400
    assert response.headers["Access-Control-Allow-Methods"] == METHODS


def test_options_are_answered_without_the_action(web: Web, api: Api, deploy: Deploy) -> None:
    name = deploy(**answering(HELLO, require_whisk_auth=True))
    asked = {"Access-Control-Request-Headers": "X-Mine, X-Yours"}
    response = web.request("OPTIONS", name, headers=asked)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Access-Control-Allow-Headers"] == "X-Mine, X-Yours"
    assert response.headers["Access-Control-Allow-Methods"] == METHODS
    assert api.activations(name=name).json() == []


def test_custom_options_are_the_actions(web: Web, deploy: Deploy) -> None:
    code = (
        "def main(args):\n"
        "    return {'headers': {'X-M': args['__ow_method'],\n"
        "                        'Access-Control-Allow-Methods': 'GET'}, 'body': 'x'}\n"
    )
    name = deploy(code, **exported(web_custom_options=True, require_whisk_auth="word"))
    response = web.request("OPTIONS", name)
    assert (response.status_code, response.headers["X-M"]) == (200, "options")
    assert response.headers["Access-Control-Allow-Methods"] == "GET"
    assert "Access-Control-Allow-Origin" not in response.headers
    refused = web.get(name)
    assert refused.status_code == 401
    assert "Access-Control-Allow-Origin" not in refused.headers


ELSEWHERE = ("https://evil.example", "null", "http://127.0.0.1.evil.example", "file://")
HERE = ("http://localhost:8888", "http://127.0.0.1:3233", "https://[::1]", "http://LOCALHOST")
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("origin", ELSEWHERE)
def test_page_of_another_site_is_refused(web: Web, api: Api, deploy: Deploy, origin: str) -> None:
    """Contract §9: it neither runs the action nor may read the refusal."""
    name = deploy(**answering(HELLO))
    custom = deploy(**answering(HELLO, web_custom_options=True))
    for refused in (
        web.get(name, headers={"Origin": origin}),
        web.request("POST", name, headers={"Origin": origin}, data="x"),
        web.request("OPTIONS", name, headers={"Origin": origin}),
        web.request("OPTIONS", custom, headers={"Origin": origin}),
    ):
        assert refused.status_code == 403
        assert "--web open" in refused.json()["error"]
        assert not [each for each in refused.headers if each.startswith("Access-Control")]
    assert api.activations(name=name).json() == api.activations(name=custom).json() == []


@pytest.mark.parametrize("origin", HERE)
def test_page_of_this_machine_is_answered(web: Web, deploy: Deploy, origin: str) -> None:
    response = web.get(deploy(**answering(HELLO)), headers={"Origin": origin})
    assert (response.text, response.headers["Access-Control-Allow-Origin"]) == ("hello", "*")


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_action_may_be_open_to_all_pages(web: Web, deploy: Deploy, origin: str) -> None:
    name = deploy(**answering(HELLO, web_open=True))
    asked = {"Origin": origin, "Access-Control-Request-Headers": "X-Mine"}
    response = web.request("OPTIONS", name, headers=asked)
    assert response.headers["Access-Control-Allow-Headers"] == "X-Mine"
    response = web.get(name, headers={"Origin": origin})
    assert (response.text, response.headers["Access-Control-Allow-Origin"]) == ("hello", "*")


@pytest.mark.usefixtures("ours")
def test_page_of_another_site_cannot_embed_an_action(web: Web, deploy: Deploy) -> None:
    """Browsers send no ``Origin`` for images and scripts."""
    name = deploy(**answering(HELLO))
    assert web.get(name, headers=IMAGE).status_code == 403
    assert web.get(name, headers={**IMAGE, "Referer": "https://evil.example/"}).status_code == 403
    notebook = {**IMAGE, "Referer": "http://localhost:8888/lab"}
    assert web.get(name, headers=notebook).text == "hello"
    link = {**IMAGE, "Sec-Fetch-Mode": "navigate"}
    assert web.get(name, headers=link).text == "hello"


# -- for whom ------------------------------------------------------------------------------------


def test_record_is_the_owners(web: Web, api: Api, deploy: Deploy) -> None:
    name = deploy(**answering(HELLO))
    activation_id = web.get(name).headers["x-openwhisk-activation-id"]
    record = api.record(activation_id)
    assert (record["namespace"], record["subject"]) == (web.namespace, web.namespace)
    assert annotated(record)["path"] == f"{web.namespace}/{name}"
    assert record["response"]["result"] == HELLO


def test_transaction_id_of_the_request_is_kept(web: Web, deploy: Deploy) -> None:
    response = web.get(deploy(ECHO, **exported()), headers={"X-Request-ID": "mine"})
    assert response.headers["X-Request-ID"] == "mine"


@pytest.fixture
def gallery(neighbour: Api) -> Iterator[str]:
    """A published package of another namespace, with a web action ``echo``."""
    neighbour.put_package("gallery", {"publish": True}, overwrite=True)
    neighbour.put("gallery/echo", python(ECHO, **exported()), overwrite=True)
    yield "gallery"
    neighbour.delete_package("gallery", force=True)


def test_key_of_another_namespace_is_one_of_the_host(
    web: Web, neighbour: Api, deploy: Deploy
) -> None:
    name = deploy(ECHO, **exported(require_whisk_auth=True))
    user, _, key = neighbour.target.auth.partition(":")
    response = web.get(name, auth=(user, key))
    assert response.json()["__ow_user"] == "neighbour"
    activation_id = response.headers["x-openwhisk-activation-id"]
    assert neighbour.activation(activation_id).status_code == 404


def test_record_of_another_namespaces_action(web: Web, neighbour: Api, gallery: str) -> None:
    url = web.url("echo", gallery).replace(f"/{web.namespace}/", "/neighbour/")
    response = web.session.get(url, timeout=TIMEOUT_S)
    record = neighbour.record(response.headers["x-openwhisk-activation-id"])
    assert (record["namespace"], record["subject"]) == ("neighbour", "neighbour")


def test_record_of_an_own_binding_of_another_namespaces_package(
    web: Web, api: Api, gallery: str
) -> None:
    binding = f"test_{uuid.uuid4().hex[:12]}"
    api.put_package(binding, {"binding": {"namespace": "neighbour", "name": gallery}})
    try:
        response = web.session.get(web.url("echo", binding), timeout=TIMEOUT_S)
        record = api.record(response.headers["x-openwhisk-activation-id"])
    finally:
        api.delete_package(binding)
    assert (record["namespace"], record["subject"]) == (web.namespace, web.namespace)
    assert annotated(record)["path"] == f"neighbour/{gallery}/echo"
    assert annotated(record)["binding"] == f"{web.namespace}/{binding}"


# -- for how long --------------------------------------------------------------------------------


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: None) -> Iterator[Target]:
    """A playground that keeps nobody waiting for longer than 0.2 s."""
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_MAX_BLOCKING_SECONDS", "0.2")
    info = start(tmp_path, port=0, wait_s=30)
    auth = info.wskprops.read_text().partition("AUTH=")[2].splitlines()[0]
    yield Target(info.apihost, auth, True)
    stop(tmp_path)


def test_action_that_takes_too_long(impatient: Target) -> None:
    api, web = Api(impatient), Web(impatient, "guest")
    with api.session, web.session:
        code = "import time\ndef main(args):\n    time.sleep(1)\n    return {'body': 'late'}\n"
        assert api.put("slow", python(code, **exported())).status_code == 200
        response = web.get("slow")
        assert response.status_code == 202
        assert response.json() == {
            "error": "Response not yet ready.",
            "code": response.headers["X-Request-ID"],
        }
        record = api.record(response.headers["x-openwhisk-activation-id"])
        assert record["response"]["result"] == {"body": "late"}
