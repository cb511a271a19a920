"""``--package`` through a real kernel and a real playground."""

from __future__ import annotations

import json

from tests.magics.helpers.kernels import CARD, NotebookKernel


def say(word: str, options: str) -> str:
    return f"%%function say {options}\ndef say(whom: str = 'you'):\n    return {{'{word}': whom}}"


def answer(kernel: NotebookKernel, line: str) -> object:
    return json.loads(kernel.run(f"%faas invoke {line} --result").stream)


def functions_of(kernel: NotebookKernel) -> dict[str, str]:
    """The names that the kernel tells front ends, with the cells they are of."""
    front_end = kernel.open_comm()
    seen = len(kernel.said)
    front_end.ask(op="functions")
    event, _ = front_end.next_event(seen, "functions")
    return {one["name"]: one["cell_id"] for one in event["functions"]}


def test_cell_card_and_handle_know_the_package(kernel: NotebookKernel) -> None:
    cell = kernel.run(say("hello", "--package talk"), cell_id="a1")
    assert cell.cards[0]["name"] == "talk/say"
    assert "%faas deploy talk/say" in cell.displays[0]["text/html"]
    seen = len(kernel.said)
    kernel.run("say.deploy()")
    kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["data"].get(CARD, {}).get("name") == "talk/say"
            and said["content"]["data"][CARD]["deployed"] is not None
        ),
        seen,
    )
    assert "deployed>" in kernel.run("say").results[0]["text/plain"]
    assert kernel.run("say()").results[0]["text/plain"] == "{'hello': 'you'}"
    run = kernel.run("say.invoke(whom='Ada').result").results[0]["text/plain"]
    assert run == "{'hello': 'Ada'}"
    assert "talk/say" in kernel.run("say.activations()").displays[0]["text/plain"]


def test_equal_names_in_two_packages_do_not_mix(kernel: NotebookKernel) -> None:
    kernel.run(say("one", "--package first --deploy"), cell_id="b1")
    kernel.run(say("two", "--package second --deploy"), cell_id="b2")
    kernel.run(say("none", "--deploy"), cell_id="b3")
    assert answer(kernel, "first/say") == {"one": "you"}
    assert answer(kernel, "second/say") == {"two": "you"}
    assert answer(kernel, "say") == {"none": "you"}
    told = functions_of(kernel)
    assert (told["first/say"], told["second/say"], told["say"]) == ("b1", "b2", "b3")
    kernel.run("%faas remove first/say")
    assert answer(kernel, "second/say") == {"two": "you"}
    listed = kernel.run("%faas activations --name second/say").displays[0]["text/plain"]
    assert "second/say" in listed
    assert "first/say" not in listed
    error = kernel.run("%faas invoke first/say", fails=True).traceback
    assert "There is no action 'first/say'" in error


def test_deploy_takes_the_name_alone_where_that_is_clear(kernel: NotebookKernel) -> None:
    kernel.run(say("x", "--package only").replace("say", "solo"), cell_id="c1")
    assert kernel.run("%faas deploy solo").stream.startswith("Deployed only/solo 0.0.1 to")
    # On the target only the whole name counts.
    assert "There is no action 'solo'" in kernel.run("%faas remove solo", fails=True).traceback


def test_a_cell_that_moves_leaves_its_function_and_says_so(kernel: NotebookKernel) -> None:
    moves = say("x", "--package before").replace("say", "moves")
    kernel.run(f"{moves}", cell_id="d1")
    kernel.run("%faas deploy before/moves")
    kernel.run(moves.replace("before", "after"), cell_id="d1")
    told = functions_of(kernel)
    assert "before/moves" not in told
    assert told["after/moves"] == "d1"
    said = kernel.run("%faas deploy moves").stream
    assert said.startswith("Deployed after/moves 0.0.1 to")
    assert "before/moves was deployed from the same cell, and is still on Local playground" in said
    assert answer(kernel, "before/moves") == {"x": "you"}
