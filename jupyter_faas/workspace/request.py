"""Requests to package a cell, with its text, its options and its place in the notebook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from jupyter_faas.workspace.options import CompositionOptions, FunctionOptions, Options

Origins = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class FunctionTest:
    """An input for the clean-room test (``--test``) and the expected result (``--expect``).

    If ``expect`` is None, the expected result is what the function returns in the notebook.
    """

    params: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CellRequest(Generic[Options]):
    """A cell, its options and its place in the notebook.

    ``cell_text``: exactly the text that was executed, including the magic's line.
    ``notebook``: the file name of the notebook, or its absolute path if that is known.
    ``root``: the directory of the notebook.
    ``origins``: a function that takes variable names and returns the executed cell that defined
    each name, as ``{name: {"cell": 3, "line": 1, "note": "was edited …"}}``.
    """

    cell_text: str
    options: Options
    notebook: str | None = None
    cell_id: str | None = None
    root: Path | None = None
    # ``origins`` belongs to the running notebook and not to the cell, so it is not compared.
    origins: Origins | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> str:
        """SHA-256 of the cell's text, which shows whether the cell has changed."""
        # A cell may contain lone surrogates, which strict UTF-8 refuses.
        return hashlib.sha256(self.cell_text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class PackageRequest(CellRequest[FunctionOptions]):
    """A ``%%function`` cell. Its text may also be the body without the magic's line.

    ``sample`` contains input rows, from which the types of the models' inputs are inferred and with
    which parity is checked. ``tests`` are stored with the package, so their values must be
    JSON-serializable.
    """

    sample: object | None = field(default=None, repr=False)
    tests: Sequence[FunctionTest] = field(default=(), repr=False)


@dataclass(frozen=True)
class CompositionRequest(CellRequest[CompositionOptions]):
    """A ``%%composition`` cell. ``cell_text`` is empty when the composition is in a file.

    ``notebook_functions`` maps the names of functions and compositions that this notebook has
    packaged to the ids of their package records.
    """

    notebook_functions: Mapping[str, str] = field(default_factory=dict, compare=False)

    def for_part(self, path: str) -> CompositionRequest:
        """Return the request for the named composition ``path`` within this composition.

        The request has no cell id. With a cell id, the deploy would warn that the same cell has
        also deployed an action under another name.
        """
        return CompositionRequest(
            "",
            CompositionOptions.at(path),
            notebook=self.notebook,
            root=self.root,
            origins=self.origins,
            notebook_functions=self.notebook_functions,
        )
