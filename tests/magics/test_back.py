"""History, diff and rollback through a real kernel and a real playground."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.client import Client, playground_target
from tests.magics.helpers.kernels import CARD, Message, NotebookKernel


def say(name: str, word: str) -> str:
    return f"%%function {name} --deploy\ndef {name}():\n    return {{'word': {word!r}}}"


def test_deploy_edit_deploy_rollback(kernel: NotebookKernel) -> None:
    kernel.run(say("say", "one"))
    cell = kernel.run(say("say", "two"))
    bundle = cell.cards[0]["bundle"]
    history = kernel.run("%faas history say").displays[-1]
    assert history["text/plain"].splitlines()[1].startswith("*  0.0.2")
    assert "<table" in history["text/html"]
    diff = kernel.run("%faas diff say --from 1").displays[-1]
    assert "+    return {'word': 'two'}" in diff["text/plain"]
    assert "return {&#x27;word&#x27;: &#x27;two&#x27;}</div>" in diff["text/html"]
    seen = len(kernel.said)
    said = kernel.run("%faas rollback say").stream
    assert said.startswith(
        "Rolled say back to the package of version 0.0.1. It is now version 0.0.3 on Local play"
    )

    def card_tells(message: Message) -> bool:
        if message["msg_type"] != "update_display_data":
            return False
        card = message["content"]["data"].get(CARD, {})
        return bool(card.get("bundle") == bundle and card["deployed"]["version"] == "0.0.3")

    kernel.wait(card_tells, seen)
    assert "changed since deploy>" in kernel.run("say").results[0]["text/plain"]
    assert kernel.run("%faas invoke say --result").stream.startswith('{"word": "one"}')


def test_a_version_gets_a_name(kernel: NotebookKernel) -> None:
    kernel.run(say("word", "one"))
    assert kernel.run("word.alias('champion')").stream == "champion is version 0.0.1 of word.\n"
    kernel.run(say("word", "two"))
    said = kernel.run("%faas alias word latest").stream
    assert said.startswith("latest is version 0.0.2 of word.")
    kernel.run("word.rollback('champion')")
    assert kernel.run("%faas invoke word --result").stream.startswith('{"word": "one"}')


def test_the_handle_does_the_same(kernel: NotebookKernel) -> None:
    kernel.run(say("talk", "one"))
    kernel.run(say("talk", "two"))
    assert "0.0.2" in kernel.run("talk.history()").displays[-1]["text/plain"]
    back = kernel.run("talk.rollback(1).rollback_to").results[0]["text/plain"]
    assert back == "'0.0.1'"
    shown = kernel.run("talk.diff()").displays[-1]["text/plain"]
    assert "-    return {'word': 'one'}" in shown
    assert kernel.run("talk.deploy().version").results[0]["text/plain"] == "'0.0.4'"
    assert kernel.run("talk.deploy().unchanged").results[0]["text/plain"] == "True"
    assert kernel.run("talk.deploy(force=True).version").results[0]["text/plain"] == "'0.0.5'"


def test_deploying_the_same_again_says_so(kernel: NotebookKernel) -> None:
    kernel.run(say("again", "one"))
    said = kernel.run("%faas deploy again").stream
    assert said.startswith(
        "Nothing to deploy: again 0.0.1 on Local playground already has this package"
    )


def test_a_model_that_was_refitted_shows_in_the_diff(kernel: NotebookKernel) -> None:
    kernel.run("LIMIT = 1")
    kernel.run("%%function limited --deploy\ndef limited():\n    return {'limit': LIMIT}")
    kernel.run("LIMIT = 2")
    shown = kernel.run("%faas diff limited").displays[-1]["text/plain"]
    assert "-LIMIT = 1\n+LIMIT = 2" in shown


def test_somebody_elses_change_needs_force(kernel: NotebookKernel, folder: Path) -> None:
    kernel.run(say("shared", "mine"))
    client = Client(playground_target(folder / "faas"))
    client.put_action("shared", {"limits": {"memory": 512}})
    client.close()
    kernel.run(say("shared", "mine too").replace(" --deploy", ""))
    failed = kernel.run("%faas deploy shared", fails=True).traceback
    assert failed.startswith("ChangedElsewhere: shared on Local playground was changed elsewhere")
    assert "To overwrite the deployed function: %faas deploy shared --force" in failed
    assert kernel.run("%faas deploy shared --force").stream.startswith("Deployed shared 0.0.3 to")
