"""``%%function NAME --watch``: each run of the cell deploys NAME-dev, through a real kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import ActionNotFound
from tests.magics.helpers.kernels import NotebookKernel


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    client = Client(playground_target(folder / "faas"))
    yield client
    client.close()


def say(name: str, word: str, options: str = "--watch") -> str:
    return f"%%function {name} {options}\ndef {name}():\n    return {{'word': {word!r}}}"


def test_each_run_deploys_the_cell_beside_the_function(
    kernel: NotebookKernel, client: Client
) -> None:
    kernel.run(say("say", "trusted", "--deploy"))
    for version, word in ((1, "one"), (2, "two")):
        said = kernel.run(say("say", word)).stream
        deployed = rf"Deployed say-dev 0\.0\.{version} to Local playground \(.*\) in [\d.]+ m?s\."
        assert re.match(deployed, said)
        assert f'"{word}"' in kernel.run("%faas invoke say-dev --result").stream
    assert client.get_action("say").version == "0.0.1"
    assert '"trusted"' in kernel.run("%faas invoke say --result").stream


def test_a_cell_that_fails_is_not_deployed(kernel: NotebookKernel, client: Client) -> None:
    with pytest.raises(AssertionError, match="division"):
        kernel.run(f"{say('half', 'x')}\n1/0")
    with pytest.raises(ActionNotFound):
        client.get_action("half-dev")


def test_a_function_of_that_name_is_not_overwritten(kernel: NotebookKernel, client: Client) -> None:
    kernel.run(say("talk-dev", "mine", "--deploy").replace("def talk-dev", "def talk_dev"))
    with pytest.raises(AssertionError, match="talk-dev is another function"):
        kernel.run(say("talk", "other"))
    assert client.get_action("talk-dev").version == "0.0.1"
