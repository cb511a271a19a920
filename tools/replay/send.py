"""Send recorded requests to a server."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

from tools.replay.normalise import Headers, Normaliser, basic

TIMEOUT_S = 150
PATIENCE_S = 20
PAUSE_S = 0.25
_TOKEN = re.compile(r"<(id|logid):([^<>]+)>")
_LOGGED_ID = re.compile(r'"activationId":\s*"([0-9a-f]{32})"')
_UNKNOWN_ID = "0" * 32
# Requests with these methods have a length, even without a body.
_WITH_LENGTH = ("POST", "PUT", "PATCH")

Answer = tuple[int, list[tuple[str, str]], bytes]


class Sender:
    """Sends the requests of one namespace, which must be empty, and normalises the replies."""

    def __init__(self, url: str, auth: str) -> None:
        """``auth`` is ``uuid:key``. Raises RuntimeError if the server does not accept it."""
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        uuid, _, key = auth.partition(":")
        self._auth, self._wrong = auth, f"{uuid}:{key[::-1]}"
        # The ids of activations, by the kind of their token and the name of the request.
        self._ids: dict[tuple[str, str], str] = {}
        status, _, content = self._exchange(
            "GET", "/api/v1/namespaces", {"Authorization": f"Basic {basic(auth)}"}, None
        )
        if status != 200:
            raise RuntimeError(f"{url}: {status} {content[:200]!r}")
        self._namespace: str = json.loads(content)[0]
        host = ":".join(map(str, self._address))
        self._normaliser = Normaliser(host, self._namespace, auth, self._wrong)

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request, again if it says so, and return the normalised reply."""
        time.sleep(request.get("wait", 0))
        deadline = time.monotonic() + request.get("patience", PATIENCE_S)
        while True:
            reply = self._sent(request)
            if _holds(request.get("until", {}), reply) or time.monotonic() > deadline:
                return reply
            time.sleep(PAUSE_S)

    def _sent(self, request: dict[str, Any]) -> dict[str, Any]:
        body = request.get("body")
        content = None if body is None else self._content(body)
        headers: dict[str, Any] = {}
        auth = request.get("auth", "own")
        if auth != "none":
            known = {"own": self._auth, "wrong-key": self._wrong}
            headers["Authorization"] = f"Basic {basic(known[auth])}" if auth in known else auth
        if body is not None and "json" in body:
            headers["Content-Type"] = "application/json"
        headers.update(request.get("headers", {}))
        path = self._filled(request["path"])
        try:
            status, received, answer = self._exchange(request["method"], path, headers, content)
        except (OSError, http.client.HTTPException) as error:
            return {"status": 0, "headers": {}, "body": {"text": f"<{type(error).__name__}>"}}
        self._remember(request["name"], received, answer)
        return self._normaliser.reply(status, received, answer)

    def _exchange(
        self, method: str, path: str, headers: dict[str, Any], content: bytes | None
    ) -> Answer:
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_S)
        with closing(connection):
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                for each in value if isinstance(value, list) else [value]:
                    connection.putheader(name, each)
            has_length = any(name.lower() == "content-length" for name in headers)
            if content is not None and not has_length:
                connection.putheader("Content-Length", str(len(content)))
            elif content is None and method in _WITH_LENGTH:
                connection.putheader("Content-Length", "0")
            # A server may refuse a request before all of it was sent. Its answer is there then.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(content)
            response = connection.getresponse()
            # 205 has neither a length nor a body.
            answer = b"" if response.status == 205 else response.read()
            return response.status, response.getheaders(), answer

    def _content(self, body: dict[str, Any]) -> bytes:
        if "base64" in body:
            return base64.b64decode(body["base64"])
        if "parts" in body:
            parts = (each if isinstance(each, str) else each[0] * each[1] for each in body["parts"])
            return "".join(parts).encode()
        text = body["text"] if "text" in body else json.dumps(body["json"], ensure_ascii=False)
        return self._filled(text).encode(errors="surrogatepass")

    def _filled(self, text: str) -> str:
        """Replace the tokens in a request."""
        text = _TOKEN.sub(lambda found: self._ids.get((found[1], found[2]), _UNKNOWN_ID), text)
        for token in ("<namespace>", "%3Cnamespace%3E"):
            text = text.replace(token, self._namespace)
        return text

    def _remember(self, name: str, headers: Headers, content: bytes) -> None:
        """Remember the ids that the tokens of later requests stand for."""
        titles = {title.lower(): value for title, value in headers}
        found: Any = titles.get("x-openwhisk-activation-id")
        try:
            value = json.loads(content.decode(errors="replace"))
        except ValueError:
            value = None
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found = value[0].get("activationId", found)
        elif isinstance(value, dict):
            found = value.get("activationId", found)
            lines = (each for each in value.get("logs") or () if isinstance(each, str))
            logged = next(filter(None, map(_LOGGED_ID.search, lines)), None)
            if logged is not None:
                self._ids["logid", name] = logged[1]
        if isinstance(found, str):
            self._ids["id", name] = found


def _holds(until: dict[str, Any], reply: dict[str, Any]) -> bool:
    if until.get("status", reply["status"]) != reply["status"]:
        return False
    if "length" not in until:
        return True
    content = (reply["body"] or {}).get("json")
    return isinstance(content, list) and len(content) >= until["length"]
