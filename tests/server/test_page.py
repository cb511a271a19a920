"""A run as a page that a person opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.conftest import Api, pack

MARKUP = "<script>alert(1)</script><b>&amp;"
CELL = "%%function odd\ndef odd(text: str):\n    print(text)\n    return {'text': text}\n"


@pytest.fixture
def activation(api: Api, data_dir: Path) -> str:
    """The id of a run whose result and logs are markup."""
    package = pack(data_dir, CELL, "odd").record.id
    assert api("POST", "faas/api/deployments", {"package": package}).status == 200
    body = {"params": {"text": MARKUP}}
    ran = api("POST", "faas/api/functions/odd/invocations", body).json
    assert ran["ok"]
    return str(ran["id"])


def test_page_shows_the_run_as_text(api: Api, activation: str, jp_base_url: str) -> None:
    answer = api("GET", f"faas/activations/{activation}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<title>odd · success</title>" in answer.text
    assert "success · " in answer.text
    assert activation in answer.text
    assert "<script" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;&amp;amp;") == 2
    assert f'<a href="{jp_base_url}">' in answer.text


def test_page_runs_no_scripts(api: Api, activation: str) -> None:
    policy = api("GET", f"faas/activations/{activation}").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'none'" in policy


def test_page_of_a_run_that_there_is_not(api: Api, activation: str) -> None:
    answer = api("GET", f"faas/activations/{'0' * 32}")
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Traceback" not in answer.text


def test_page_with_markup_instead_of_an_id(api: Api, activation: str) -> None:
    answer = api("GET", "faas/activations/<img src=x onerror=alert(1)>")
    assert answer.status in (400, 404)
    assert "<img" not in answer.text


def test_page_when_the_target_does_not_answer(api: Api) -> None:
    answer = api("GET", f"faas/activations/{'0' * 32}")
    assert answer.status == 502
    assert "The local playground is not running." in answer.text
