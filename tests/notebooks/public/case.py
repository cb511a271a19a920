"""A public notebook as text: its subject, its cells, and the cell that creates its test inputs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.notebooks.case import read_case

CASES = Path(__file__).parent / "cases"
_LOAD = "%load_ext jupyter_faas"
_FUNCTION = re.compile(r"^%%function (?P<name>\S+)", re.MULTILINE)

# The last cell, which the test adds. It calls the handle, as the user would, and the function
# itself, so that both answers can be compared.
_ASK = """\
import json as _json

def _answer(function, one):
    try:
        return {{"answer": function(**one)}}
    except Exception as error:
        return {{"error": f"{{type(error).__name__}}: {{error}}"}}

def _plain(value):
    # The test does not define how a frame or an object is converted to JSON.
    if type(value).__module__ == "numpy":
        return value.tolist()
    raise TypeError(type(value).__name__)

def _json_or_none(answer):
    try:
        return _json.loads(_json.dumps(answer, default=_plain))
    except (TypeError, ValueError):
        return None

with open("answers.json", "w") as _file:
    _json.dump(
        {{
            "inputs": inputs,
            "here": [_answer({name}, one) for one in inputs],
            "plain": [_json_or_none(_answer({name}.__wrapped__, one)) for one in inputs],
        }},
        _file,
    )
"""


@dataclass(frozen=True)
class PublicCase:
    """A notebook. ``cells`` are the user's. ``inputs`` is a cell that sets the list ``inputs``.

    ``files`` maps the names of files in the notebook's folder to their texts. ``frameworks`` is
    ``torch`` if the environment with that framework is needed, and otherwise empty.
    """

    name: str
    about: str
    cells: tuple[str, ...]
    inputs: str
    files: dict[str, str]

    @property
    def function(self) -> str:
        """The name of the function that the notebook packages."""
        found = _FUNCTION.search("\n".join(self.cells))
        assert found is not None, f"{self.name} has no %%function cell"
        return found["name"]

    @property
    def frameworks(self) -> str:
        text = "\n".join(self.cells)
        return "torch" if re.search(r"^(?:import|from) torch\b", text, re.MULTILINE) else ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The cells of the notebook file, including those that the test adds."""
        return (_LOAD, *self.cells, self.inputs, _ASK.format(name=self.function))

    def with_cells(self, *cells: str) -> PublicCase:
        """Return the same notebook with other cells."""
        return PublicCase(self.name, self.about, cells, self.inputs, self.files)

    def write(self, folder: Path) -> Path:
        """Write the notebook and the files in its folder, and return the notebook's path."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        cells: list[dict[str, Any]] = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(self.sources)
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path = folder / f"{self.name}.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        return path


def read_public_case(path: Path) -> PublicCase:
    """Read a case: a line about it, cells below ``# %%``, and ``# %% cell inputs`` at the end."""
    steps = read_case(path).steps
    about = path.read_text("utf-8").partition("\n# %%")[0]
    cells = tuple(step.text for step in steps if step.what == "cell" and step.name != "inputs")
    (inputs,) = (step.text for step in steps if step.name == "inputs")
    files = {step.name: step.text for step in steps if step.what == "file"}
    return PublicCase(path.stem, about, cells, inputs, files)


def public_case_paths() -> list[Path]:
    """Return the paths of all cases, sorted by name."""
    return sorted(CASES.glob("*.txt"))
