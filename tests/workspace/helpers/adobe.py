"""A playground behind what Adobe I/O Runtime does differently: FACTS.md, "Targets"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import requests

from tests.client.helpers.server import Answer, Asked, FakeHost, serving

CODE_BYTES = 22 * 1024 * 1024
MOST_LISTED = 50
_PASSED_ON = ("authorization", "content-type")


@contextmanager
def like_adobe(apihost: str) -> Iterator[FakeHost]:
    """``apihost`` with 22 MB of code, lists of 50, and no record of a successful blocking run
    that did not ask for one."""
    unrecorded: set[str] = set()

    def script(asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        if int(parse_qs(url.query).get("limit", ["0"])[0]) > MOST_LISTED:
            return Answer(400, {"error": "The value is not in the range of 0 to 50."})
        if asked.method == "PUT" and len(json.loads(asked.body)["exec"]["code"]) > CODE_BYTES:
            return Answer(413, {"error": "Request larger than allowed."})
        if url.path.rpartition("/")[2] in unrecorded:
            return Answer(404, {"error": "The requested resource does not exist."})
        found = requests.request(
            asked.method,
            f"{apihost}{asked.path}",
            data=asked.body,
            headers={name: asked.headers[name] for name in _PASSED_ON if name in asked.headers},
            timeout=60,
        )
        body = found.json() if found.content else {}
        wanted = asked.headers.get("x-ow-extra-logging") == "on"
        if asked.method == "POST" and found.status_code == 200 and not wanted:
            unrecorded.add(body["activationId"])
        return Answer(found.status_code, body)

    with serving(script) as host:
        yield host
