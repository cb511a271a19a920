"""show and explain in a real kernel, which also knows what became of its cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

PRICE = "rate = 0.19\ndef net(price): return price / (1 + rate)"
SHOP = '%%function shop\ndef shop(price: float):\n    return {"net": net(price)}'


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    # Where verbs reach no target these two work all the same.
    with notebook_kernel(folder, JUPYTER_FAAS_INERT="1") as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(PRICE, cell_id="price")
        kernel.run(SHOP, cell_id="shop")
        yield kernel


@pytest.mark.parametrize("line", ["%faas show shop", "shop.show()"])
def test_generated_files_are_printed(line: str, kernel: NotebookKernel) -> None:
    stream = kernel.run(line).stream
    assert "── captured.py (" in stream
    assert "\nrate = 0.19\n" in stream


@pytest.mark.parametrize("line", ["%faas show shop manifest.json", "shop.show('manifest.json')"])
def test_one_file_is_printed(line: str, kernel: NotebookKernel) -> None:
    stream = kernel.run(line).stream
    assert '"handler": "shop"' in stream
    assert "── captured.py" not in stream


@pytest.mark.parametrize("line", ["%faas explain shop", "shop.explain()"])
def test_reasoning_is_printed(line: str, kernel: NotebookKernel) -> None:
    stream = kernel.run(line).stream
    assert "shop includes 2 names" in stream
    assert (
        "rate · constant · 4 B\n    used by shop, line 3 → net, line 2 of its own cell\n"
        "    defined in cell [2], line 1\n"
    ) in stream


def test_unknown_function_is_refused(kernel: NotebookKernel) -> None:
    cell = kernel.run("%faas explain shp", fails=True)
    assert "No function 'shp' was packaged on this machine." in cell.traceback


def test_card_in_every_form_names_a_helper_that_was_edited(
    kernel: NotebookKernel, folder: Path
) -> None:
    cells = [
        {"cell_type": "code", "id": "price", "source": PRICE.replace("19", "07")},
        {"cell_type": "markdown", "id": "text", "source": ["# net"]},
        {"cell_type": "code", "id": "shop", "source": SHOP.splitlines(keepends=True)},
    ]
    (folder / "study.ipynb").write_text(json.dumps({"cells": cells}))
    cell = kernel.run(SHOP, cell_id="shop")
    note = "was edited after it last ran"
    assert [one["note"] for one in cell.cards[0]["captured"]] == [note, note]
    (display,) = cell.displays
    assert note in display["text/plain"]
    assert note in display["text/html"]
    assert f"! {note}" in kernel.run("%faas explain shop").stream
    kernel.run(PRICE.replace("19", "07"), cell_id="price")
    (card,) = kernel.run(SHOP, cell_id="shop").cards
    assert not any("note" in one for one in card["captured"])


@pytest.mark.parametrize("verb", ["show", "explain"])
def test_an_earlier_package_says_that_it_is_one(verb: str, kernel: NotebookKernel) -> None:
    kernel.run("%%function fails_later\ndef fails_later(n: int):\n    return {'n': n}", cell_id="f")
    assert "latest package" not in kernel.run(f"%faas {verb} fails_later").stream
    kernel.run(
        "%%function fails_later\ndef fails_later(n: int):\n    return {", cell_id="f", fails=True
    )
    first, *_ = kernel.run(f"%faas {verb} fails_later").stream.splitlines()
    assert first == (
        "The cell of fails_later failed when it last ran. This is the latest package of "
        "fails_later on this machine."
    )
