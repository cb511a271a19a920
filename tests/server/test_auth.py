"""No route of ours answers somebody unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_server.utils import JupyterServerAuthWarning
from tornado.routing import RuleRouter
from tornado.web import RequestHandler

from jupyter_faas.server.handlers import ROUTES
from tests.server.conftest import Api

SHA256, PACKAGE = "a" * 64, "b" * 16


def methods(handler: type) -> list[str]:
    """The HTTP methods of a handler that it, or a class of ours above it, defines."""
    ours = [each for each in handler.__mro__ if each.__module__.startswith("jupyter_faas.")]
    return [
        method
        for method in RequestHandler.SUPPORTED_METHODS
        if any(method.lower() in vars(each) for each in ours)
    ]


def filled(pattern: str) -> str:
    """A path that the pattern of a route matches."""
    words = {"([0-9a-f]{64})": SHA256, "([0-9a-f]{16})": PACKAGE}
    path = re.sub(r"\(.*?\)", lambda group: words.get(group[0], "iris"), pattern)
    assert re.fullmatch(pattern, path), f"Which path does {pattern} match?"
    return path


def rules(router: RuleRouter) -> Iterator[tuple[Any, type]]:
    """The rules that lead to a handler, with it, also those of the routers that a router has."""
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from rules(rule.target)
        else:
            yield rule, rule.target


CALLS = [(method, filled(path)) for path, handler in ROUTES for method in methods(handler)]


def test_every_route_of_the_server_is_called_here(jp_serverapp: Any, jp_base_url: str) -> None:
    served = {
        (rule.matcher.regex.pattern.removeprefix(re.escape(jp_base_url)).removesuffix("$"), target)
        for rule, target in rules(jp_serverapp.web_app.default_router)
        if target.__module__.startswith("jupyter_faas.")
    }
    assert served == set(ROUTES)
    assert all(methods(handler) for _, handler in ROUTES)


@pytest.mark.parametrize(("method", "path"), CALLS, ids=[" ".join(call) for call in CALLS])
def test_request_without_a_token(
    api: Api, method: str, path: str, jp_serverapp: Any, jp_base_url: str
) -> None:
    answer = api(method, path, headers={"Authorization": "token wrong"})
    if path.startswith("faas/api/"):
        assert answer.status == 403
        assert set(answer.json["error"]) == {"code", "message", "hint"}
        assert answer.error["code"] == "not_allowed"
    else:
        # A page that a person opens leads to the login.
        assert answer.status == 302
        assert answer.headers["Location"].startswith(f"{jp_base_url}login?next=")


def test_jupyter_finds_no_open_handler(
    jp_configurable_serverapp: Any, recwarn: pytest.WarningsRecorder
) -> None:
    jp_configurable_serverapp()
    ours = [one for one in recwarn if issubclass(one.category, JupyterServerAuthWarning)]
    assert [str(one.message) for one in ours if "faas" in str(one.message)] == []


def test_write_with_a_cookie_needs_the_xsrf_token(api: Api, jp_serverapp: Any) -> None:
    token = jp_serverapp.identity_provider.token
    opened = api("GET", "faas/activations/x", query={"token": token}, headers={"Authorization": ""})
    cookies = dict(
        header.split(";")[0].split("=", 1) for header in opened.headers.get_list("Set-Cookie")
    )
    headers = {
        "Authorization": "",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    refused = api("PUT", "faas/api/target", {"name": "playground"}, headers=dict(headers))
    assert refused.status == 403
    assert "_xsrf" in refused.error["message"]
    headers["X-XSRFToken"] = cookies["_xsrf"]
    assert api("PUT", "faas/api/target", {"name": "playground"}, headers=headers).status == 200


def test_key_of_a_target_is_in_no_answer(api: Api, wskprops: Any) -> None:
    key = (
        "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9l"
    )
    wskprops.write_text(f"APIHOST=https://127.0.0.1:9\nAUTH={key}\n", "utf-8")
    answer = api("PUT", "faas/api/target", {"name": "wskprops"})
    assert answer.status == 200
    assert key.split(":")[1] not in answer.text
    assert key.split(":")[0] not in answer.text
