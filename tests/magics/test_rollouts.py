"""A new version beside a function, through a real kernel and a real playground."""

from __future__ import annotations

import time

from tests.magics.helpers.kernels import NotebookKernel


def fee(rate: int, options: str = "") -> str:
    return f"%%function fee {options}\ndef fee(amount: int):\n    return {{'fee': amount * {rate}}}"


def test_a_shadow_from_the_cell_to_all_callers(kernel: NotebookKernel) -> None:
    kernel.run(fee(2, "--deploy"))
    kernel.run("%faas invoke fee amount=3")
    kernel.run(fee(4))
    said = kernel.run("%faas deploy fee --shadow").stream
    assert said.startswith("Deployed fee-shadow 0.0.1 to Local playground")
    shown = kernel.run("%faas shadow fee").displays[-1]
    assert "0 of 1 answers agree (0%): 0 calls copied, 1 kept input sent" in shown["text/plain"]
    assert "fee: 6 → 12" in shown["text/plain"]
    assert "fee: 6 → 12</td>" in shown["text/html"]
    done = kernel.run("%faas promote fee").stream
    assert done.startswith("Deployed fee 0.0.2 to Local playground")
    assert ": deployed>" in kernel.run("fee").results[0]["text/plain"]


def test_the_handle_does_the_same(kernel: NotebookKernel) -> None:
    kernel.run(fee(5, "--deploy"))
    kernel.run(fee(6))
    assert kernel.run("fee.deploy(shadow=True).name").results[0]["text/plain"] == "'fee-shadow'"
    assert "answers agree" in kernel.run("fee.shadow()").displays[-1]["text/plain"]
    kernel.run("fee.discard()")
    assert "fee does not have a shadow" in kernel.run("%faas promote fee", fails=True).traceback
    assert kernel.run("%faas invoke fee amount=1 --result").stream.startswith('{"fee": 5}')


def test_a_canary_from_the_cell_to_all_callers(kernel: NotebookKernel) -> None:
    kernel.run(fee(7, "--deploy"))
    kernel.run(fee(8))
    said = kernel.run("%faas deploy fee --canary 100% --sticky amount --rollback-at 5%").stream
    assert said.startswith("Deployed fee-canary 0.0.1 to Local playground")
    assert kernel.run("%faas invoke fee amount=1 --result").stream.startswith('{"fee": 8}')
    shown = kernel.run("%faas canary fee").displays[-1]
    assert (
        "100% of the calls to fee go to fee-canary, depending on the parameter amount."
        in shown["text/plain"]
    )
    assert "fee-stable</td>" in shown["text/html"]
    assert "fee has a canary on" in kernel.run("%faas deploy fee", fails=True).traceback
    assert kernel.run("fee.promote().version").results[0]["text/plain"].strip("'")
    assert kernel.run("%faas invoke fee amount=1 --result").stream.startswith('{"fee": 8}')


def test_the_handle_deploys_a_canary(kernel: NotebookKernel) -> None:
    kernel.run(fee(9))
    deployed = kernel.run("fee.deploy(canary=100, rollback_at=5).name").results[0]["text/plain"]
    assert deployed == "'fee-canary'"
    assert "fee-canary" in kernel.run("fee.canary()").displays[-1]["text/plain"]
    said = kernel.run("%faas discard fee").displays[-1]["text/plain"]
    assert said == "Removed fee-canary."
    assert kernel.run("%faas invoke fee amount=1 --result").stream.startswith('{"fee": 8}')


def test_a_composition_has_a_shadow_and_a_canary(kernel: NotebookKernel) -> None:
    kernel.run("%%function one --deploy\ndef one(n: int = 0):\n    return {'n': n + 1}")
    kernel.run("%%composition flow --deploy\nsequence(one, one)")
    kernel.run("%%composition flow\nsequence(one, one, one)")
    kernel.run("%faas deploy flow --shadow")
    assert kernel.run("%faas invoke flow n=1 --result").stream.startswith('{"n": 3}')

    def compared() -> str:
        return str(kernel.run("%faas shadow flow").displays[-1]["text/plain"])

    end = time.monotonic() + 60
    while "1 call copied" not in (shown := compared()):
        assert time.monotonic() < end, shown
    assert "n: 3 → 4" in shown
    kernel.run("flow.discard()")
    kernel.run("flow.deploy(canary=100)")
    assert kernel.run("%faas invoke flow n=1 --result").stream.startswith('{"n": 4}')
    row = str(kernel.run("%faas canary flow").displays[-1]["text/plain"]).splitlines()[2]
    assert row.split()[:4] == ["canary", "flow-canary", "0.0.1", "1"]
    kernel.run("flow.promote()")
    assert kernel.run("%faas invoke flow n=1 --result").stream.startswith('{"n": 4}')
