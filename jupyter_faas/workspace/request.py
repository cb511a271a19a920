"""Requests to package a cell: its text, its options, and where it is in the notebook."""

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
    """An input for the clean-room test (``--test``), and what must be in the answer (``--expect``).

    Without ``expect``, the answer in the notebook is expected.
    """

    params: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CellRequest(Generic[Options]):
    """A cell, its options, and where it is.

    ``cell_text`` is exactly the text that was executed, including the magic's line. ``notebook`` is
    the file name, ``root`` its folder. ``origins`` takes names and returns which executed cell
    defined each: ``{name: {"cell": 3, "line": 1, "note": "was edited …"}}``.
    """

    cell_text: str
    options: Options
    notebook: str | None = None
    cell_id: str | None = None
    root: Path | None = None
    # A function of the running notebook, not a property of the cell, so it is not compared.
    origins: Origins | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> str:
        """sha256 of the cell's text, which shows whether the cell has changed."""
        # A cell may contain lone surrogates, which strict UTF-8 refuses.
        return hashlib.sha256(self.cell_text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class PackageRequest(CellRequest[FunctionOptions]):
    """A ``%%function`` cell. Its text may also be the body alone, without the magic's line.

    ``sample`` contains rows of input, for the types of the models' inputs and the parity check.
    ``tests`` are stored with the package, so their values must be JSON.
    """

    sample: object | None = field(default=None, repr=False)
    tests: Sequence[FunctionTest] = field(default=(), repr=False)


@dataclass(frozen=True)
class CompositionRequest(CellRequest[CompositionOptions]):
    """A ``%%composition`` cell. ``cell_text`` is empty when the composition is in a file.

    ``notebook_functions`` has the functions and compositions that this notebook packaged and can
    deploy: the id of the package by name.
    """

    notebook_functions: Mapping[str, str] = field(default_factory=dict, compare=False)

    def for_part(self, path: str) -> CompositionRequest:
        """Return the request for a composition called ``path`` within this one.

        It has no cell id. With one, the deploy would warn that the cell has changed its name.
        """
        return CompositionRequest(
            "",
            CompositionOptions.at(path),
            notebook=self.notebook,
            root=self.root,
            origins=self.origins,
            notebook_functions=self.notebook_functions,
        )
