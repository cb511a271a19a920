"""``history``, ``diff`` and ``rollback`` as a terminal runs them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.client import Client, read_wskprops
from tests.cli.conftest import Program, program, stop_playground
from tests.cli.helpers import notebooks
from tests.workspace.helpers.samples import assert_same_shape, sample


def say(word: str, options: str = "") -> str:
    return f"%%function say {options}\ndef say(): return {{'word': {word!r}}}"


@pytest.fixture(scope="module")
def faas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program after ``say`` was deployed, edited and deployed again."""
    found = program(tmp_path_factory.mktemp("back"))
    path = found.data_dir.parent / "say.ipynb"
    for cell in (say("one", "--memory 128 --param token=s3cret"), say("two")):
        done = found("deploy", notebooks.write(path, notebooks.LOAD, cell))
        assert done.code == 0, done.err
    yield found
    stop_playground(found.data_dir)


@pytest.fixture
def client(faas: Program) -> Iterator[Client]:
    """Another client of the same target, as other tools are."""
    found = Client(read_wskprops(faas.data_dir / "playground" / "wskprops"))
    yield found
    found.close()


def sha256_on(client: Client, name: str) -> str:
    code = client.get_action(name, code=True).exec.code
    assert code is not None
    return hashlib.sha256(base64.b64decode(code)).hexdigest()


def test_history_diff_and_rollback(faas: Program, client: Client) -> None:
    history = faas("history", "say", "--json").json
    assert_same_shape(history, sample("history"))
    two, one = history["deploys"]
    assert (one["version"], two["version"], two["notebook"]) == ("0.0.1", "0.0.2", "say.ipynb")
    assert sha256_on(client, "say") == two["bundle"]

    diff = faas("diff", "say", "--from", "1", "--to", "2")
    assert diff.code == 0
    assert "\n+def say(): return {'word': 'two'}\n" in diff.out
    assert "\n-memory: 128 MB\n+memory: 256 MB\n" in diff.out
    assert "\n-token = (hidden)" in diff.out
    assert "s3cret" not in diff.out + str(faas("diff", "say", "--from", "1", "--json").json)

    done = faas("rollback", "say")
    assert done.code == 0, done.err
    assert done.out.startswith(
        "Rolled say back to the package of version 0.0.1. It is now version 0.0.3 on Local play"
    )
    assert sha256_on(client, "say") == one["bundle"]
    assert client.get_action("say").limits.memory == 128
    assert faas("invoke", "say", "--result").json == {"word": "one"}
    lines = faas("history", "say").out.splitlines()
    assert lines[1].split()[:2] == ["*", "0.0.3"]
    assert lines[1].endswith("back to 0.0.1")

    undone = faas("rollback", "say", "--to", two["bundle"][:10], "--json").json
    assert_same_shape(
        {key: value for key, value in undone.items() if key != "rollback_to"}, sample("deployment")
    )
    assert sha256_on(client, "say") == two["bundle"]


def test_a_version_gets_a_name(faas: Program) -> None:
    named = faas("alias", "say", "champion", "1")
    assert (named.code, named.out) == (0, "champion is version 0.0.1 of say.\n")
    assert faas("alias", "say").out == named.out
    assert "'one'" in faas("show", "say", "function.py", "--version", "champion").out
    removed = faas("alias", "say", "champion", "--remove")
    assert removed.out == "Deleted the alias champion of say.\n"
    assert faas("alias", "say", "--json").json == {"name": "say", "aliases": []}


def test_a_shadow_is_compared_then_promoted(faas: Program) -> None:
    path = faas.data_dir.parent / "said.ipynb"
    old = notebooks.write(path, notebooks.LOAD, say("old").replace("say", "said"))
    assert faas("deploy", old).code == 0
    faas("invoke", "said")
    new = notebooks.write(path, notebooks.LOAD, say("new").replace("say", "said"))
    beside = faas("deploy", new, "--shadow")
    assert (beside.code, beside.out[:26]) == (0, "Deployed said-shadow 0.0.1"), beside.err
    found = faas("shadow", "said")
    assert found.code == 1  # an answer differs
    assert "0 of 1 answers agree (0%)" in found.out
    assert 'word: "old" → "new"' in found.out
    assert faas("shadow", "said", "--json").json["differing"][0]["now"]["result"] == {"word": "new"}
    assert faas("invoke", "said", "--result").json == {"word": "old"}
    assert faas("promote", "said").out.startswith("Deployed said 0.0.2 to Local playground")
    assert faas("invoke", "said", "--result").json == {"word": "new"}
    gone = faas("discard", "said")
    assert "said does not have a shadow on Local playground." in gone.err


def test_a_canary_is_counted_then_discarded(faas: Program) -> None:
    path = faas.data_dir.parent / "told.ipynb"
    old = notebooks.write(path, notebooks.LOAD, say("old").replace("say", "told"))
    assert faas("deploy", old).code == 0
    new = notebooks.write(path, notebooks.LOAD, say("new").replace("say", "told"))
    beside = faas("deploy", new, "--canary", "100%", "--rollback-at", "5")
    assert (beside.code, beside.out[:26]) == (0, "Deployed told-canary 0.0.1"), beside.err
    assert faas("invoke", "told", "--result").json == {"word": "new"}
    found = faas("canary", "told", "--json").json
    assert (found["percent"], found["rollback_at"]) == (100, 5)
    assert [each["calls"] for each in found["versions"]] == [0, 1]
    assert "more than 5% of its calls have failed" in faas("canary", "told").out
    assert faas("discard", "told").out == "Removed told-canary.\n"
    assert faas("invoke", "told", "--result").json == {"word": "old"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sticky", "user"), "--sticky and --rollback-at can be used only with --canary"),
        (("--canary", "10", "--shadow"), "--shadow and --canary cannot be combined"),
        (("--canary", "ten"), "--canary must be a percentage, not 'ten'"),
    ],
)
def test_options_that_do_not_go_together(
    faas: Program, options: tuple[str, ...], message: str
) -> None:
    path = notebooks.write(faas.data_dir.parent / "say.ipynb", notebooks.LOAD, say("one"))
    assert message in faas("deploy", path, *options).err


def test_a_version_that_there_is_not(faas: Program) -> None:
    done = faas("rollback", "say", "--to", "99", "--json")
    assert done.code == 2
    assert (
        json.loads(done.error)["error"]["message"]
        == "No version '99' of say was deployed from this machine."
    )


def test_a_function_that_nobody_deployed(faas: Program) -> None:
    assert faas("history", "rose").code == 4
    assert faas("diff", "rose").code == 4
    assert faas("rollback", "rose").code == 2


def test_somebody_elses_change_is_overwritten_only_by_force(
    faas: Program, client: Client, tmp_path: Path
) -> None:
    code = {"kind": "python:default", "code": "def main(args):\n    return {}\n"}
    client.put_action("shout", {"exec": code})
    first = "%%function whisper\ndef whisper(): return {}"
    cell = "%%function shout\ndef shout(): return {'word': 'mine'}"
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, first, cell)
    done = faas("deploy", path)
    assert done.code == 2
    assert faas("history", "whisper").code == 4  # it stands first, and was not deployed either
    assert done.err.endswith(
        "To see the differences: jupyter faas diff shout\n"
        "To overwrite the deployed function: jupyter faas deploy NOTEBOOK.ipynb --force\n"
    )
    assert (
        "Error: shout on Local playground was deployed with another tool: version 0.0.1" in done.err
    )
    assert "-def main(args):\n" in faas("diff", "shout").out
    assert faas("deploy", path, "--force").code == 0
    assert faas("invoke", "shout", "--result").json == {"word": "mine"}
