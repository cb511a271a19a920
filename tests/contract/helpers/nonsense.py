"""Strategies for what requests hold: values, bodies, entities, answers, dates, names and paths."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from jupyter_faas.playground.json_parser import MAX_LEVELS
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from tests.contract.helpers.fuzzed import ACTION, CODE, PACKAGE, TRIGGER, WEB

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
    st.sampled_from((3, MAX_LEVELS - 20, MAX_LEVELS + 1, 253, 254, 400, 1000, 1100, 50_000)),
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


CHARACTERS = st.one_of(
    st.characters(max_codepoint=0x17F),
    st.sampled_from("_@ .&-azAZ09\u0660\u212a\u0130\u2028\ufeff"),
)


WORDS = st.one_of(
    st.sampled_from(("0", "1", "200", "201", "-1", "+1", "1.0", "1e3", "0x1", "1_0", " 1", "١")),
    st.sampled_from(
        ("9" * 18, "9" * 19, "9" * 5000, "", "true", "null", "\0", "%", "a/b/c", "1,2")
    ),
    st.text(max_size=5),
    st.integers().map(str),
)


PIECES = st.one_of(
    st.sampled_from(
        ("..", ".", "", "%2f", "%2e%2e", "%00", "%ff", "%", "%zz", "%25", ";", "guest")
    ),
    st.sampled_from(
        ("models", "stored", "inputs", "sessions", "usage", "actions", "%5c", "a" * 999)
    ),
    st.text("abc._~!$&'()*+,;=:@%0129", max_size=8),
)
