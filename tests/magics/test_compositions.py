"""Compositions through a real kernel: cell, card, deploy in order, drift, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.magics.helpers.kernels import CARD, Cell, NotebookKernel, notebook_kernel

HALVE = """\
%%function halve
def halve(number: int):
    return {"number": number // 2}"""

SHRINK = """\
%%composition shrink --memory 128
LEAST = 3
def is_large(params):
    return params["number"] > LEAST
loop(is_large, halve)"""


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        yield kernel


def value(cell: Cell) -> str:
    (result,) = cell.results or cell.displays
    text: str = result["text/plain"]
    return text


def lines(cell: Cell) -> list[str]:
    """What a verb said: where it took long, it stands in place of its progress."""
    shown = [one["text/plain"] for one in cell.displays if CARD not in one]
    return "\n".join([*shown, cell.stream]).strip().splitlines()


def calls(card: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["state"] for one in card["composition"]["actions"]}


def test_cell_shows_the_card_of_a_composition_in_every_form(kernel: NotebookKernel) -> None:
    (display,) = kernel.run(SHRINK, cell_id="7a1d2c3e").displays
    card = display[CARD]
    assert (card["type"], card["name"], card["memory_mb"]) == ("function", "shrink", 128)
    graph = card["composition"]["graph"]
    assert (graph["type"], graph["body"]) == ("while", {"type": "action", "name": "/_/halve"})
    assert calls(card) == {"halve": "notebook"}
    assert "├─ test: def is_large(params): …" in display["text/html"]
    assert "Flow            loop\n" in kernel.run("%faas show shrink").stream


def test_what_it_calls_is_deployed_first(kernel: NotebookKernel) -> None:
    shown = kernel.run(SHRINK)
    seen = len(kernel.said)
    said = lines(kernel.run("%faas deploy shrink"))
    assert [line.partition(" to ")[0] for line in said] == [
        "Deployed halve 0.0.1",
        "Deployed shrink 0.0.1",
    ]
    last = [
        message["content"]["data"][CARD]
        for message in kernel.said[seen:]
        if message["msg_type"] == "update_display_data"
        and message["content"]["transient"]["display_id"] == shown.display_ids[0]
    ][-1]
    assert calls(last) == {"halve": "deployed"}
    assert last["deployed"]["bundle"] == last["bundle"]
    assert value(kernel.run("shrink.invoke(number=100).result")) == "{'number': 3}"
    assert value(kernel.run("shrink")) == "<composition shrink(params): deployed>"


def test_drift_of_a_captured_value_is_seen_and_deployed(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK)
    kernel.run("shrink.deploy();")
    kernel.run("LEAST = 20")
    assert value(kernel.run("shrink")).endswith("deployed, LEAST changed since packaging>")
    kernel.run("shrink.deploy();")
    assert value(kernel.run("shrink.invoke(number=100).result")) == "{'number': 12}"
    assert "To restore version" in value(kernel.run("shrink.history()"))
    again = kernel.run("shrink.rollback();\nshrink.invoke(number=100).result")
    assert value(again) == "{'number': 3}"
    assert again.stream.startswith(
        "shrink in this notebook differs from the deployed version, which this run used."
    )
    assert "captured.py" in value(kernel.run("shrink.diff()"))


def test_an_inline_function_that_was_defined_anew_is_composed_anew(
    kernel: NotebookKernel,
) -> None:
    kernel.run(SHRINK)
    kernel.run("def is_large(params):\n    return params['number'] > 60")
    assert "is_large changed since packaging" in value(kernel.run("shrink"))
    kernel.run("%faas deploy shrink")
    assert value(kernel.run("shrink.invoke(number=100).result")) == "{'number': 50}"


def test_a_composition_that_another_cell_made_is_not_deployed_with_an_earlier_function(
    kernel: NotebookKernel,
) -> None:
    kernel.run("from jupyter_faas import composer\ndef step(p): return {'n': 1}")
    kernel.run("made = composer.sequence(step)")
    kernel.run("%%composition stepping\nmade")
    kernel.run("def step(p): return {'n': 2}")
    refused = kernel.run("stepping.deploy()", fails=True).traceback
    assert refused.startswith("InputError: step was redefined after stepping was created from it.")
    assert refused.rstrip().endswith("Run the %%composition stepping cell again.")


def test_what_is_not_there_is_warned_of(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%composition lacking --deploy\nsequence(halve, 'absent')")
    assert calls(cell.cards[0]) == {"halve": "deployed", "absent": "missing"}
    assert lines(cell)[-1].startswith("absent (at root[1]) is not on Local playground")
    text = cell.displays[0]["text/plain"]
    assert (
        "Calls           ! absent not deployed on Local playground. Calls to this function fail."
        in text
    )


def test_a_function_that_comes_later_is_seen_on_the_card(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%composition early\nsequence('later')")
    assert calls(cell.cards[0])["later"] == "missing"
    seen = len(kernel.said)
    kernel.run("%%function later\ndef later(): return {}")
    update = kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["transient"]["display_id"] == cell.display_ids[0]
        ),
        seen,
    )
    assert calls(update["content"]["data"][CARD]) == {"later": "notebook"}


def test_compositions_of_the_notebook_are_deployed_in_order(kernel: NotebookKernel) -> None:
    kernel.run("%%function twice\ndef twice(number: int): return {'number': 2 * number}")
    kernel.run("%%composition inner\nsequence(twice, halve)")
    kernel.run("%%composition outer\nsequence(inner, 'twice')")
    said = lines(kernel.run("%faas deploy outer"))
    assert [line.split()[1] for line in said] == ["twice", "inner", "outer"]
    assert value(kernel.run("outer.invoke(number=5).result")) == "{'number': 10}"


def test_what_is_deployed_otherwise_is_said(kernel: NotebookKernel) -> None:
    kernel.run("%%function half\ndef half(number: int): return {'number': number / 2}")
    kernel.run("%%composition once\nsequence(half)")
    kernel.run("once.deploy();")
    kernel.run("%%function half\ndef half(number: int): return {'number': number / 2.0}")
    said = lines(kernel.run("once.deploy();"))
    assert said[0].startswith(
        "half in this notebook differs from the deployed version, which once calls."
    )


def test_a_composition_that_was_made_with_its_name(kernel: NotebookKernel) -> None:
    cell = "named = composition('flows/named', halve, lambda p: {**p, 'unit': 'cm'})"
    kernel.run(f"from jupyter_faas.composer import composition\n{cell}\nnamed.deploy();")
    assert value(kernel.run("named.invoke(number=8).result")) == "{'number': 4, 'unit': 'cm'}"
    assert "flows/named  success" in value(kernel.run("named.activations(2)"))
    two = "composition('one_of', halve).deploy();\ncomposition('other_of', halve).deploy();"
    assert lines(kernel.run(two, cell_id="7a1d2c3f")) == []
    other = kernel.run("%%composition named\nnamed", fails=True).traceback
    assert "it ends with a composition named flows/named" in other
    assert "Write %%composition named --package flows, or" in other
    kernel.run("%%composition named --package flows\nnamed")


def test_a_composition_within_another_goes_along_as_the_notebook_is(
    kernel: NotebookKernel,
) -> None:
    kernel.run("from jupyter_faas.composer import composition\nMORE = 1")
    kernel.run("step = composition('adds', halve, lambda p: {'number': p['number'] + MORE})")
    cell = kernel.run("%%composition adding\nsequence(step, 'adds')")
    assert calls(cell.cards[0]) == {"adds": "notebook"}
    said = lines(kernel.run("adding.deploy();"))
    assert said[0].startswith("Deployed adds 0.0.1")
    assert value(kernel.run("adding.invoke(number=8).result")) == "{'number': 3}"
    kernel.run("MORE = 5")
    assert "MORE changed since packaging" in value(kernel.run("adding"))
    assert "Deployed adds 0.0.2" in "\n".join(lines(kernel.run("%faas deploy adding")))
    assert value(kernel.run("adding.invoke(number=8).result")) == "{'number': 9}"
    kernel.run("step = composition('adds', halve)")
    assert "step changed since packaging" in value(kernel.run("adding"))


def test_a_file_is_looked_at_and_deployed(kernel: NotebookKernel, folder: Path) -> None:
    (folder / "flow.py").write_text("from jupyter_faas.composer import seq\nseq('halve', 'halve')")
    said = lines(kernel.run("%faas compose flow.py"))
    assert said == ["seq", "├─ halve", "└─ halve", "", "Calls halve."]
    said = lines(kernel.run("%faas compose flow.py --deploy quarter"))
    assert said[0].startswith("Deployed quarter 0.0.1")
    assert lines(kernel.run("%faas invoke quarter number=8 --result")) == ['{"number": 2}']


def test_combinators_are_names_in_the_cell_alone(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK)
    missing = "[name for name in ('loop', 'sequence', 'composer_') if name in dir()]"
    assert value(kernel.run(missing)) == "[]"


def test_handle_runs_on_a_target_alone(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK)
    refused = kernel.run("shrink(number=3)", fails=True).traceback
    assert refused.startswith("InputError: shrink is a composition, which runs on a target")
    assert refused.rstrip().endswith("the names of its parameters: shrink.invoke(key=value)")


def test_a_failed_run_is_shown_and_raises(kernel: NotebookKernel) -> None:
    kernel.run("%%composition failing --deploy\nvalue({'error': 'no such picture'})")
    cell = kernel.run("failing.invoke()", fails=True)
    assert cell.traceback.startswith("ActivationFailed: failing failed: no such picture (")
    card = cell.cards[0]
    assert (card["type"], card["calls"], card["logs"]) == ("activation", 0, [])
    assert f"Session of 0 calls · %faas session {card['id']}" in cell.displays[0]["text/plain"]


def test_its_activations_are_whole_runs(kernel: NotebookKernel) -> None:
    kernel.run("%%composition whole --deploy\nsequence(halve, halve)")
    cost = value(kernel.run("run = whole.invoke(number=8)\nrun.record['cost_text']"))
    found = kernel.run("found = whole.activations()\n[(one.name, one.kind) for one in found]")
    assert value(found) == "[('whole', 'sequence')]"
    assert cost.strip("'") in value(kernel.run("found"))


def test_its_kept_inputs_are_those_of_whole_runs(kernel: NotebookKernel) -> None:
    kernel.run("%%composition keeping --keep-inputs 5 --deploy\nsequence(halve, halve)")
    kernel.run("keeping.invoke(number=8);")
    cell = kernel.run("found = keeping.replay()\nfound")
    assert "1 input of keeping sent to keeping" in value(cell)
    assert "all answers are the same" in value(cell)


def test_front_ends_hear_that_it_is_a_composition(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK, cell_id="7a1d2c3e")
    event, _ = kernel.open_comm().ask(op="functions")
    called = {one["name"]: one.get("calls") for one in event["functions"]}
    assert (called["shrink"], called["halve"]) == (["halve"], None)
    found = {one["name"]: one.get("composition") for one in event["functions"]}
    assert (found["shrink"], found["halve"]) == (True, None)


def test_show_and_explain_work_on_it(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK)
    shown = kernel.run("shrink.show('composition.py')").stream
    assert shown.rstrip().endswith("loop(is_large, halve)")
    explained = kernel.run("%faas explain shrink").stream
    assert "LEAST · constant" in explained
    assert "used by root.test → is_large" in explained


def test_remove_takes_it_off_and_the_card_says_so(kernel: NotebookKernel) -> None:
    kernel.run(SHRINK)
    kernel.run("shrink.deploy();")
    kernel.run("shrink.remove()")
    assert value(kernel.run("shrink")) == "<composition shrink(params): not deployed>"
