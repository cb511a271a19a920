"""Requests that come again on a kept connection, byte for byte: the playground knows them then."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.playground import PlaygroundInfo
from jupyter_faas.playground.entities.namespaces import add_namespace, remove_namespace
from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, python
from tests.contract.helpers.kept import kept
from tests.playground.helpers.loop import wait_until

TIMES = 4

ACTION = """
import os, pathlib, time
def main(args):
    if 'say' in args:
        print(args['say'])
    if 'until' in args:
        pathlib.Path(args['until'] + '.begun').touch()
        while not os.path.exists(args['until']):
            time.sleep(0.005)
    if 'exit' in args:
        os._exit(1)
    return args.get('give', {'args': args})
"""


@pytest.mark.parametrize(
    ("params", "status", "result"),
    [
        ({"a": 1}, 200, {"args": {"a": 1}}),
        ({"give": {"error": "no"}}, 502, {"error": "no"}),
        ({"give": 7}, 502, {"error": "The action did not return a dictionary or array."}),
        ({"exit": True}, 502, {"error": "command exited"}),
        ({"say": "x" * 70_000}, 200, {"args": {"say": "x" * 70_000}}),
        ({"say": "hello"}, 200, {"args": {"say": "hello"}}),
    ],
    ids=["result", "error", "no dictionary", "exit", "much said", "said"],
)
def test_each_time_is_answered_alike(
    api: Api, deploy: Deploy, params: dict[str, object], status: int, result: object
) -> None:
    name = deploy(ACTION)
    ids = set()
    with kept(api) as client:
        for _ in range(TIMES):
            answer = client.invoke(name, "blocking=true&result=true", **params)
            assert (answer.status, answer.body) == (status, result)
            assert len(answer.headers["x-request-id"]) == 32
            assert answer.headers["access-control-allow-origin"] == "*"
            ids.add(answer.headers["x-openwhisk-activation-id"])
    assert len(ids) == TIMES
    for each in ids:
        record = api.record(each)
        assert record["response"]["result"] == result
        assert ("say" in params) == any("stdout: " in line for line in record["logs"])


def test_record_is_the_same_each_time(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        answers = [client.invoke(name).body for _ in range(TIMES)]
    for answer in answers:
        assert api.record(answer["activationId"]) == answer
        assert list(answer) == list(answers[0])


def test_body_of_another_length(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        for n in (1, 2, 33, 4, 555):
            assert client.invoke(name, "blocking=true&result=true", n=n).body == {"args": {"n": n}}


@pytest.fixture
def doors(tmp_path: Path) -> tuple[str, Path]:
    """One that is open, and one that is not. Requests with the one and the other are as long."""
    (tmp_path / "no").touch()
    return str(tmp_path / "no"), tmp_path / "go"


@pytest.mark.parametrize("body", [b"[1]", b"{no}", b"nul"])
def test_body_that_is_no_object(api: Api, deploy: Deploy, body: bytes) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        for sent, status in ((b"{}".ljust(len(body)), 200), (body, 400), (body, 400)):
            client.connection.sendall(client.request(name, sent))
            assert client.answer().status == status


def test_several_at_once_keep_their_order(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    bodies, query = [b'{"n": %d}' % n for n in range(8)], "blocking=true&result=true"
    with kept(api) as client:
        client.becomes_known(name, query, n=0)
        client.connection.sendall(b"".join(client.request(name, body, query) for body in bodies))
        assert [client.answer().body["args"]["n"] for _ in bodies] == list(range(8))


def test_hundreds_that_are_refused_at_once(api: Api, deploy: Deploy) -> None:
    name, count = deploy(ACTION), 500
    with kept(api) as client:
        client.becomes_known(name)
        client.connection.sendall(client.request(name, b"{no}") * count)
        assert [client.answer().status for _ in range(count)] == [400] * count


def test_request_that_follows_before_the_answer(
    api: Api, deploy: Deploy, doors: tuple[str, Path]
) -> None:
    name, (open_, until) = deploy(ACTION), doors
    with kept(api) as client:
        client.becomes_known(name, until=open_)
        client.connection.sendall(client.request(name, b'{"until": "%b"}' % bytes(until)))
        wait_until(Path(f"{until}.begun").exists)
        client.connection.sendall(client.request(name, b'{"n": 2}'))
        until.touch()
        assert client.answer().body["response"]["result"]["args"] == {"until": str(until)}
        assert client.answer().body["response"]["result"]["args"] == {"n": 2}


def test_client_that_says_no_more_hears_its_answer(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        client.becomes_known(name)
        client.connection.sendall(client.request(name))
        client.connection.shutdown(socket.SHUT_WR)
        assert client.answer().status == 200
        assert client.connection.recv(1) == b""


def test_client_that_has_left_gets_a_record(
    api: Api, deploy: Deploy, doors: tuple[str, Path]
) -> None:
    name, (open_, until) = deploy(ACTION), doors
    with kept(api) as client:
        client.becomes_known(name, until=open_)
        client.connection.sendall(client.request(name, b'{"until": "%b"}' % bytes(until)))
        wait_until(Path(f"{until}.begun").exists)
    until.touch()
    wait_until(lambda: len(api.activations(name=name).json()) == 3)


def test_caller_waits_no_longer_than_it_says(
    api: Api, deploy: Deploy, doors: tuple[str, Path]
) -> None:
    name, (open_, until) = deploy(ACTION), doors
    query = "blocking=true&timeout=100"
    with kept(api) as client:
        client.becomes_known(name, query, until=open_)
        late = client.invoke(name, query, until=str(until))
        assert client.invoke(name, query, until=open_).status == 200
        until.touch()
    assert late.status == 202
    assert api.record(late.body["activationId"])["response"]["success"]


def test_action_that_was_updated(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        for _ in range(3):
            client.invoke(name)
        api.put(name, python("def main(args): return {'new': True}"), overwrite=True)
        for _ in range(2):
            assert client.invoke(name, "blocking=true").body["response"]["result"] == {"new": True}
        api.delete(name)
        for _ in range(2):
            assert client.invoke(name).status == 404


def test_parameter_that_became_final(api: Api, deploy: Deploy) -> None:
    name = deploy(ACTION)
    with kept(api) as client:
        for _ in range(3):
            assert client.invoke(name, p=1).status == 200
        final = {"annotations": [{"key": "final", "value": True}]}
        api.put(name, {"parameters": [{"key": "p", "value": 2}], **final}, overwrite=True)
        for _ in range(2):
            assert client.invoke(name, p=1).status == 400


@pytest.fixture
def guest(api: Api, playground: PlaygroundInfo, ours: None) -> Iterator[tuple[Api, Path]]:
    """With a key of its own, and the folder of the playground."""
    folder = playground.wskprops.parent.parent
    lines = add_namespace(folder, "guest-for-a-day").read_text().splitlines()
    (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
    other = Api(replace(api.target, auth=auth))
    other.put("a", python(ACTION), overwrite=True)
    yield other, folder
    other.session.close()


def test_key_that_was_taken_away(guest: tuple[Api, Path]) -> None:
    other, folder = guest
    with kept(other) as client:
        for _ in range(3):
            assert client.invoke("a").status == 200
        remove_namespace(folder, "guest-for-a-day")
        assert client.invoke("a").status == 401


def test_key_that_was_taken_away_meanwhile(
    guest: tuple[Api, Path], doors: tuple[str, Path]
) -> None:
    (other, folder), (open_, until) = guest, doors
    with kept(other) as client:
        client.invoke("a")
        client.connection.sendall(client.request("a", b'{"until": "%b"}' % bytes(until)))
        wait_until(Path(f"{until}.begun").exists)
        remove_namespace(folder, "guest-for-a-day")
        assert other.activations().status_code == 401
        until.touch()
        assert client.answer().status == 200
        assert client.invoke("a", until=open_).status == 401
