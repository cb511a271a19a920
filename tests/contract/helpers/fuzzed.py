"""A playground to send nonsense to, and what holds for whatever it answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from hypothesis import strategies as st

from jupyter_faas.playground.entities.namespaces import add_namespace
from jupyter_faas.playground.http import models
from tests.contract.helpers.api import Api, Target, python
from tests.contract.helpers.private import Private, private

# An answer takes milliseconds; with a worker that starts on a busy machine, seconds.
DEADLINE_S = 30

# What is there, so that not every request ends at a name that nothing has.
ACTION, PACKAGE, TRIGGER, RULE = "fuzzed", "fuzzed_package", "fuzzed_trigger", "fuzzed_rule"
WEB = "fuzzed_web"
CODE = "def main(args):\n    return args\n"

_A_FAULT_SHOWS = re.compile(r"Traceback|File \"|site-packages|\.py\", line|0x[0-9a-f]{8}")


@dataclass(frozen=True)
class Keys:
    """What may stand in ``Authorization``; of all but the first nothing of guest's is to be had."""

    own: str
    neighbours: str
    wrong: str = "Basic QQ=="

    def draw(self) -> st.SearchStrategy[str | None]:
        own = [st.just(self.own)] * 5
        return st.one_of(*own, st.sampled_from((None, self.neighbours, self.wrong, "Bearer x")))


class Fuzzed:
    """A playground with something of everything, and the keys to it."""

    def __init__(self, found: Private) -> None:
        self.playground = found
        wskprops = add_namespace(found.folder.parent, "neighbour")
        (theirs,) = (
            line.removeprefix("AUTH=")
            for line in wskprops.read_text().splitlines()
            if line.startswith("AUTH=")
        )
        target = found.api.target
        self.apihost = target.apihost
        self.port = int(target.apihost.rpartition(":")[2])
        self.keys = Keys(_basic(target.auth), _basic(theirs))
        self.secrets = tuple(each.partition(":")[2] for each in (target.auth, theirs))
        self.api, self.neighbour = found.api, Api(Target(target.apihost, theirs, True))
        for each in (self.api, self.neighbour):
            furnish(each)
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method: str, path: str, **options: object) -> requests.Response:
        """The answer, which is one that may be given. With guest's key unless told otherwise."""
        headers = {"Authorization": self.keys.own, **options.pop("headers", {})}  # type: ignore[dict-item]
        response = self.session.request(
            method,
            f"{self.apihost}{path}",
            headers=headers,
            timeout=DEADLINE_S,
            allow_redirects=False,
            **options,  # type: ignore[arg-type]
        )
        check(response, self.secrets)
        return response

    def send_target(self, method: str, target: str) -> None:
        """The same with a path that goes out as it is written."""
        request = requests.Request(method, self.apihost, headers={"Authorization": self.keys.own})
        prepared = self.session.prepare_request(request)
        prepared.url = self.apihost + target
        response = self.session.send(prepared, timeout=DEADLINE_S, allow_redirects=False)
        check(response, self.secrets)

    def is_well(self) -> None:
        """It answers, and nothing went wrong in it."""
        assert self.session.get(f"{self.apihost}/ping", timeout=5).text == "pong"
        assert self.api.invoke(ACTION, {"a": 1}, result=True).json() == {"a": 1}
        log = self.playground.log
        assert "ERROR" not in log
        assert "Traceback" not in log
        assert not any(secret in log for secret in self.secrets)


@contextmanager
def fuzzed_playground(data_dir: Path) -> Iterator[Fuzzed]:
    with private(data_dir) as found:
        fuzzed = Fuzzed(found)
        yield fuzzed
        furnish(fuzzed.api)
        fuzzed.is_well()
        fuzzed.session.close()
        fuzzed.neighbour.session.close()


def furnish(api: Api) -> None:
    """Make what requests are about, or what is left of it, anew."""
    exported = [{"key": "web-export", "value": True}]
    echo = python(CODE)
    answering = python("def main(args):\n    return args.get('answer', args)\n")
    api.put(ACTION, echo, overwrite=True)
    api.put(WEB, {**answering, "annotations": exported}, overwrite=True)
    api.put_package(PACKAGE, {"publish": True}, overwrite=True)
    api.put(f"{PACKAGE}/{ACTION}", {**echo, "annotations": exported}, overwrite=True)
    components = [f"/_/{ACTION}", f"/_/{ACTION}"]
    sequence = {"exec": {"kind": "sequence", "components": components}}
    api.put("fuzzed_sequence", sequence, overwrite=True)
    api.request("PUT", f"triggers/{TRIGGER}", json={}, params={"overwrite": "true"})
    rule = {"trigger": f"/_/{TRIGGER}", "action": f"/_/{ACTION}"}
    api.request("PUT", f"rules/{RULE}", json=rule, params={"overwrite": "true"})


def is_bare(response: requests.Response) -> bool:
    """Whether this is the answer of OpenWhisk's HTTP library to a web action that is a fault."""
    return response.status_code == 500 and response.text == "There was an internal server error."


def check(response: requests.Response, secrets: tuple[str, ...] = ()) -> None:
    """What holds for every answer, whatever was asked."""
    method, status = response.request.method, response.status_code
    path = response.request.path_url
    ran = "x-openwhisk-activation-id" in response.headers
    if is_bare(response):
        return
    assert response.headers["X-Request-ID"]
    # An action's own failure is 502; of what it says in a web action nothing is ours.
    assert status < 500 or ran, response.text
    text = response.text
    assert not _A_FAULT_SHOWS.search(text) or ran, text
    for secret in secrets:
        assert secret not in text
    if status in (204, 304) or method == "HEAD":
        assert response.content == b""
        return
    if ran:
        return
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if status >= 400:
        assert media_type == "application/json"
        body = response.json()
        assert set(body) == {"error", "code"}
        assert body["code"] == response.headers["X-Request-ID"]
        assert isinstance(body["error"], str)
        assert body["error"]
    elif response.content and not path.startswith(models.READ):
        assert media_type in ("application/json", "text/plain")
        if media_type == "application/json":
            response.json()


def _basic(auth: str) -> str:
    return "Basic " + base64.b64encode(auth.encode()).decode()
