"""Bodies, names and numbers that a document of the API does not think of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_faas.playground.jsontext import MOST_LEVELS
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from tests.contract.fuzzed import ACTION, PACKAGE, TRIGGER, WEB, Fuzzed, furnish, fuzzed_playground
from tests.examples import fuzz

NS = "/api/v1/namespaces/_"
JSON = {"Content-Type": "application/json"}
BLOCKING = {"blocking": "true", "timeout": "20000"}

# -- values --------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(("", " ", "_", "/_/x", "../..", "\0", "\U0001f600", "0", "null", "é" * 300)),
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((0, -1, 1.5, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 1e308)),
)
ATOMS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
NESTED = st.builds(
    lambda depth, pair: pair[0] * depth + pair[1] * depth,
    st.sampled_from((3, MOST_LEVELS - 20, MOST_LEVELS + 1, 253, 254, 400, 1000, 1100, 50_000)),
    st.sampled_from((("[", "]"), ('{"a":', "}"), ("[", ""), ('{"a":[', "]}"))),
)
# What is JSON only nearly, or only just.
ODD = st.sampled_from(
    (
        *(b"", b" ", b"{", b"}", b"[]", b"null", b"1", b'"a"', b"NaN", b"Infinity", b"-", b"01"),
        *(b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":-1e999}', b'{"a":1,}'),
        *(b'{"a":1,"a":2}', b'{"":{"":{"":0}}}', b'{"a":"\\ud800"}', b'{"\\udfff":1}'),
        *(b'{"a":"\xff"}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"a":"\x00"}', b"{}{}"),
        *(b'{"a":' + b"9" * 400 + b"}", b'{"a":0.' + b"9" * 5000 + b"}", b'{"a":1e-999}'),
        *(b"{'a':1}", b"{a:1}", b"// x\n{}", b'{"a":"\\x41"}', b'{"a":"\t"}', b"\x1f\x8b\x08"),
    )
)
BODIES = st.one_of(
    ODD,
    NESTED.map(lambda text: b'{"a":%b}' % text.encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=40),
)
TYPES = st.sampled_from(
    (
        *(
            "application/json",
            "application/json; charset=utf-8",
            "APPLICATION/JSON ;",
            "text/plain",
        ),
        *("", "application/json; charset=utf-16", "*/*", "a", "multipart/form-data", "/", ";"),
        *("application/x-www-form-urlencoded", "application/octet-stream", "image/png"),
    )
)

ENTRIES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"key": TEXTS, "value": VALUES}),
        st.fixed_dictionaries({"key": TEXTS}, optional={"value": VALUES, "init": VALUES}),
        ATOMS,
    ),
    max_size=4,
)
ANNOTATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(
                (
                    *("web-export", "raw-http", "require-whisk-auth", "web-custom-options"),
                    *("provide-api-key", "final", "conductor", "feed", "exec", "binding", "path"),
                    *("kind", "limits", KEEP_INPUTS, "faas", "sequence", "initTime", "cause"),
                )
            ),
            "value": VALUES,
        }
    ),
    max_size=4,
)
CODE = "def main(args):\n    return args\n"
EXECS = st.one_of(
    st.just({"kind": "python:default", "code": CODE}),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(("python:default", "python:3.11", "Sequence", "blackbox", "x:y"))},
        optional={
            "code": st.one_of(st.just(CODE), st.sampled_from(("UEs=", "H4s=", "AAAA")), VALUES),
            "components": st.one_of(st.just([f"/_/{ACTION}"]), st.lists(TEXTS, max_size=3), VALUES),
            "image": VALUES,
            "main": VALUES,
            "binary": VALUES,
        },
    ),
    VALUES,
)
LIMITS = st.one_of(
    st.dictionaries(
        st.sampled_from(("timeout", "memory", "logs", "concurrency", "instances")), NUMBERS
    ),
    VALUES,
)
PUTS = st.fixed_dictionaries(
    {},
    optional={
        "exec": EXECS,
        "parameters": st.one_of(ENTRIES, VALUES),
        "annotations": st.one_of(ANNOTATIONS, ENTRIES, VALUES),
        "limits": LIMITS,
        "version": st.one_of(st.sampled_from(("1.2.3", "0.0.0", "1.٢.3", "1.2")), VALUES),
        "publish": VALUES,
        "delAnnotations": VALUES,
        "binding": st.one_of(
            st.fixed_dictionaries({"namespace": TEXTS, "name": st.just(PACKAGE)}), VALUES
        ),
        "trigger": st.one_of(st.just(f"/_/{TRIGGER}"), VALUES),
        "action": st.one_of(st.just(f"/_/{ACTION}"), VALUES),
        "status": VALUES,
    },
)


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

HEADERS = st.dictionaries(
    st.one_of(
        st.sampled_from(("X-A", "Set-Cookie", "Location", "content-type", "Content-Length", "")),
        st.sampled_from(("a\r\nb", "a: b", "Transfer-Encoding", "Connection", "é", "X-Request-ID")),
        st.just("x-openwhisk-activation-id"),
        TEXTS,
    ),
    st.one_of(
        st.sampled_from(
            ("a\r\nX-Evil: 1", "a\nb", "a\rb", "\0", "é", "text/html", "1" * 5000, "x/y")
        ),
        VALUES,
    ),
    max_size=3,
)
ANSWERS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "statusCode": st.one_of(
                st.sampled_from((100, 101, 199, 200, 204, 304, 302, 599, 999, "200", "abc")), VALUES
            ),
            "headers": st.one_of(HEADERS, VALUES),
            "body": st.one_of(st.sampled_from(("AAA=", "<p>", "A")), VALUES),
            "error": VALUES,
        },
    ),
    VALUES,
)


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
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])

    run()


# -- what natives are given ----------------------------------------------------------------------

MOMENTS = st.one_of(
    st.sampled_from(("* * * * *", "*/0 * * * *", "99 * * * *", "* * 30 2 *", "1-0 * * * *", "@x")),
    st.text("0123456789*/,-? LW#@\t", max_size=24),
    st.sampled_from((0, 1, "2099-01-01T00:00:00Z", "-271821-04-20", 8.64e15 + 1, "now", "9" * 400)),
    VALUES,
)
ALARMS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("cron", "date", "minutes", "startDate", "stopDate"), MOMENTS),
        **dict.fromkeys(("trigger_payload", "maxTriggers", "deleteAfterFire", "strict"), VALUES),
        "timezone": st.one_of(
            st.sampled_from(("UTC", "../../etc/passwd", "Europe/X", "\0")), VALUES
        ),
    },
)


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


APIDOCS = st.fixed_dictionaries(
    {"namespace": st.just("_")},
    optional={
        "gatewayBasePath": st.one_of(st.sampled_from(("/a", "/", "", "//", "/a/{b}")), VALUES),
        "gatewayPath": st.one_of(st.sampled_from(("/b", "/{c}/d", "/{", "/..")), VALUES),
        "gatewayMethod": st.one_of(st.sampled_from(("GET", "get", "TRACE")), VALUES),
        "id": TEXTS,
        "action": st.one_of(
            st.fixed_dictionaries({"name": st.just(WEB), "namespace": st.just("_")}), VALUES
        ),
        "swagger": st.one_of(
            st.fixed_dictionaries(
                {"basePath": st.just("/a"), "paths": st.dictionaries(TEXTS, VALUES, max_size=3)},
                optional={"info": VALUES, "swagger": VALUES},
            ).map(json.dumps),
            NESTED,
            VALUES,
        ),
    },
)


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
CHARACTERS = st.one_of(
    st.characters(max_codepoint=0x17F),
    st.sampled_from("_@ .&-azAZ09\u0660\u212a\u0130\u2028\ufeff"),
)


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


WORDS = st.one_of(
    st.sampled_from(("0", "1", "200", "201", "-1", "+1", "1.0", "1e3", "0x1", "1_0", " 1", "١")),
    st.sampled_from(
        ("9" * 18, "9" * 19, "9" * 5000, "", "true", "null", "\0", "%", "a/b/c", "1,2")
    ),
    st.text(max_size=5),
    st.integers().map(str),
)


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
PIECES = st.one_of(
    st.sampled_from(
        ("..", ".", "", "%2f", "%2e%2e", "%00", "%ff", "%", "%zz", "%25", ";", "guest")
    ),
    st.sampled_from(
        ("models", "stored", "inputs", "sessions", "usage", "actions", "%5c", "a" * 999)
    ),
    st.text("abc._~!$&'()*+,;=:@%0129", max_size=8),
)


@fuzz(250)
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
