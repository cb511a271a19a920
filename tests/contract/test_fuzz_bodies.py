"""Bodies, names and numbers that a document of the API does not think of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.helpers.fuzzed import (
    ACTION,
    CODE,
    PACKAGE,
    TRIGGER,
    WEB,
    Fuzzed,
    furnish,
    fuzzed_playground,
)
from tests.contract.helpers.nonsense import (
    ALARMS,
    ANSWERS,
    APIDOCS,
    BODIES,
    CHARACTERS,
    PIECES,
    PUTS,
    TEXTS,
    TYPES,
    VALUES,
    WORDS,
)
from tests.examples import fuzz

NS = "/api/v1/namespaces/_"
BLOCKING = {"blocking": "true", "timeout": "20000"}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with fuzzed_playground(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


# -- bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"{NS}/actions/{ACTION}"),
        ("POST", f"{NS}/actions/{ACTION}?blocking=true"),
        ("PUT", f"{NS}/packages/{PACKAGE}"),
        ("PUT", f"{NS}/triggers/{TRIGGER}"),
        ("POST", f"{NS}/triggers/{TRIGGER}"),
        ("PUT", f"{NS}/rules/fuzzed_rule"),
        ("POST", f"{NS}/rules/fuzzed_rule"),
        ("POST", f"/api/v1/web/guest/default/{WEB}"),
        ("POST", "/api/v1/web/whisk.system/apimgmt/createApi"),
    ],
)
def test_any_body(fuzzed: Fuzzed, method: str, path: str) -> None:
    @fuzz(30)
    @given(body=BODIES, media_type=st.one_of(st.just("application/json"), TYPES))
    def run(body: bytes, media_type: str) -> None:
        fuzzed.send(method, path, data=body, headers={"Content-Type": media_type})

    run()


@pytest.mark.parametrize("collection", ["actions", "packages", "triggers", "rules"])
def test_any_entity(fuzzed: Fuzzed, collection: str) -> None:
    """What is put can be read, listed and deleted."""

    @fuzz(30)
    @given(body=PUTS)
    def run(body: dict[str, Any]) -> None:
        path = f"{NS}/{collection}/another"
        put = fuzzed.send("PUT", path, json=body, params={"overwrite": "true"})
        assert (put.status_code == 200) == (fuzzed.send("GET", path).status_code == 200)
        fuzzed.send("GET", f"{NS}/{collection}")
        fuzzed.send("DELETE", path)
        assert fuzzed.send("GET", path).status_code == 404

    run()


@fuzz(12)
@given(body=PUTS, payload=VALUES)
def run_any_action(fuzzed: Fuzzed, body: dict[str, Any], payload: Any) -> None:
    path = f"{NS}/actions/another"
    if fuzzed.send("PUT", path, json={"exec": {"kind": "python:default", "code": CODE}, **body}).ok:
        fuzzed.send("POST", path, json=payload, params=BLOCKING)
        fuzzed.send("POST", "/api/v1/web/guest/default/another.json", json=payload)
        fuzzed.send("DELETE", path)


def test_any_action_that_could_be_put_can_be_run(fuzzed: Fuzzed) -> None:
    run_any_action(fuzzed)


# -- what a web action says ----------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["", ".http", ".json", ".html", ".svg", ".text"])
def test_any_answer_of_a_web_action(fuzzed: Fuzzed, extension: str) -> None:
    @fuzz(20)
    @given(answer=ANSWERS, method=st.sampled_from(("POST", "PUT", "DELETE", "PATCH")))
    def run(answer: Any, method: str) -> None:
        path = f"/api/v1/web/guest/default/{WEB}{extension}"
        response = fuzzed.send(method, path, json={"answer": answer})
        assert 200 <= response.status_code < 600
        # No header of an action's making begins another, or takes the place of ours.
        assert "X-Evil" not in response.headers
        if isinstance(answer, list):
            # OpenWhisk's HTTP library answers this, without an id.
            assert response.status_code == 500
        else:
            assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])

    run()


# -- what natives are given ----------------------------------------------------------------------


@pytest.mark.parametrize("feed", ["alarm", "once", "interval"])
def test_any_alarm(fuzzed: Fuzzed, feed: str) -> None:
    path = f"/api/v1/namespaces/whisk.system/actions/alarms/{feed}"
    fixed = {"triggerName": f"/_/{TRIGGER}", "authKey": fuzzed.api.target.auth}

    @fuzz(30)
    @given(given_=ALARMS, event=st.sampled_from(("CREATE", "UPDATE", "READ")))
    def run(given_: dict[str, Any], event: str) -> None:
        body = {**fixed, **given_, "lifecycleEvent": event}
        response = fuzzed.send("POST", path, json=body, params=BLOCKING)
        assert response.status_code in (200, 502), response.text
        assert response.json()["response"]["status"] in ("success", "application error")
        body = {**fixed, "lifecycleEvent": "DELETE"}
        fuzzed.send("POST", path, json=body, params=BLOCKING)

    run()


@fuzz(60)
@given(apidoc=st.one_of(APIDOCS, VALUES), query=st.dictionaries(TEXTS, TEXTS, max_size=2))
def make_any_api(fuzzed: Fuzzed, apidoc: Any, query: dict[str, str]) -> None:
    path = "/api/v1/web/whisk.system/apimgmt"
    fuzzed.send("POST", f"{path}/createApi.json", json={"apidoc": apidoc}, params=query)
    fuzzed.send("GET", "/api/gw/guest/a/b")
    fuzzed.send("GET", f"{path}/getApi.json", params=query)
    fuzzed.send("DELETE", f"{path}/deleteApi.json", params={"basepath": "/a"})


def test_any_api(fuzzed: Fuzzed) -> None:
    make_any_api(fuzzed)


# -- names, numbers, paths -----------------------------------------------------------------------

LEGAL = re.compile(r"[A-Za-z0-9_]|[A-Za-z0-9_][A-Za-z0-9_@ .&-]{0,254}[A-Za-z0-9_@.&-]")


@pytest.mark.parametrize("collection", ["packages", "triggers", "actions"])
def test_any_name(fuzzed: Fuzzed, collection: str) -> None:
    """Every one of the legal ones is taken, and no other (contract §1.3)."""
    exec_ = {"exec": {"kind": "python:default", "code": CODE}} if collection == "actions" else {}

    @fuzz(120)
    @given(
        name=st.one_of(
            st.text(CHARACTERS, min_size=1, max_size=4),
            st.builds(lambda a, x, b: a + x + b, *[st.sampled_from("a_@ .&-\u0661")] * 3),
            st.integers(254, 259).map(lambda n: "n" * n),
        )
    )
    def run(name: str) -> None:
        path = f"{NS}/{collection}/{quote(name, safe='')}"
        response = fuzzed.send("PUT", path, json=exec_, params={"overwrite": "true"})
        if LEGAL.fullmatch(name) and name != "default":
            assert response.status_code == 200, response.text
            assert response.json()["name"] == name
            assert fuzzed.send("GET", path).json()["name"] == name
            assert fuzzed.send("DELETE", path).status_code == 200
        elif "/" in name or name in (".", ".."):  # More segments, or fewer.
            assert response.status_code in (400, 404, 405)
        else:
            assert response.status_code == 400

    run()
    furnish(fuzzed.api)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (f"{NS}/actions", ("limit", "skip", "count")),
        (
            f"{NS}/activations",
            ("limit", "skip", "count", "since", "upto", "name", "docs", "cause"),
        ),
        ("/faas/usage", ("since", "upto", "name", "step_mb", "minimum_mb")),
        (f"/faas/inputs?name={ACTION}", ("limit", "name")),
        (f"{NS}/actions/{ACTION}", ("code",)),
    ],
)
def test_any_query(fuzzed: Fuzzed, path: str, names: tuple[str, ...]) -> None:
    @fuzz(40)
    @given(query=st.lists(st.tuples(st.sampled_from(names), WORDS), max_size=3))
    def run(query: list[tuple[str, str]]) -> None:
        assert fuzzed.send("GET", path, params=query).status_code in (200, 400, 404)

    run()


PREFIXES = ("/", "/api/v1/", f"{NS}/", "/api/v1/web/", "/api/gw/", "/faas/", "/ping", "/runtime/")


@fuzz(150)
@given(
    prefix=st.sampled_from(PREFIXES),
    pieces=st.lists(PIECES, max_size=5),
    method=st.sampled_from(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")),
)
def ask_for_any_path(fuzzed: Fuzzed, prefix: str, pieces: list[str], method: str) -> None:
    fuzzed.send_target(method, prefix + "/".join(pieces))


def test_any_path(fuzzed: Fuzzed) -> None:
    ask_for_any_path(fuzzed)
    furnish(fuzzed.api)
