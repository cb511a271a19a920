"""Playgrounds that are started before anybody asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo, start, status, stop
from tests.contract.helpers.api import HELLO, Api, Target, python
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives


class Early:
    """A playground that was started early, and the pipe that holds it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        lease, self._held = os.pipe()
        try:
            self.info = start(data_dir, port=0, lease=lease, wait_s=30)
        finally:
            os.close(lease)

    @property
    def api(self) -> Api:
        auth = self.info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
        return Api(Target(self.info.apihost, auth, is_playground=True))

    def let_go(self) -> None:
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)

    def stays(self) -> bool:
        """What has gone would give no answer: the end of the lease was heard before this is."""
        return status(self.data_dir) is not None and lives(self.info.pid)


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Early]:
    made = Early(tmp_path)
    yield made
    made.let_go()
    stop(tmp_path)


def ended(info: PlaygroundInfo) -> bool:
    wait_until(lambda: not lives(info.pid))
    return True


def test_it_ends_with_who_started_it(early: Early) -> None:
    early.let_go()
    assert ended(early.info)


def test_looking_at_it_does_not_keep_it(early: Early) -> None:
    assert early.api.activations().status_code == 200
    assert requests.get(early.info.apihost, timeout=10).ok
    early.let_go()
    assert ended(early.info)


def test_what_was_put_keeps_it(early: Early) -> None:
    assert early.api.put("hello", python(HELLO)).status_code == 200
    early.let_go()
    assert early.stays()


def test_a_start_that_was_asked_for_keeps_it(early: Early) -> None:
    found = start(early.data_dir, wait_s=30)
    assert found.already_running
    wait_until(lambda: "leased" not in (early.data_dir / "playground/state.json").read_text())
    early.let_go()
    assert early.stays()


def test_a_start_with_other_options_takes_its_place(early: Early) -> None:
    found = start(early.data_dir, tls=True, wait_s=30)
    assert not found.already_running
    assert found.https is not None
    assert ended(early.info)


def test_one_that_was_asked_for_outlives_who_would_start_it_early(tmp_path: Path) -> None:
    try:
        info = start(tmp_path, port=0, wait_s=30)
        early = Early(tmp_path)
        assert early.info.already_running
        early.let_go()
        assert status(tmp_path) is not None
        assert lives(info.pid)
    finally:
        stop(tmp_path)
