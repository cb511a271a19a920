"""Requests to package a cell: its text, its options, and what the notebook knows about it."""

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
    """An input to try (``--test``), and what must be in the answer (``--expect``).

    Without ``expect`` the notebook's own answer is expected.
    """

    params: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CellRequest(Generic[Options]):
    """A cell, its options, and where it is.

    ``cell_text`` is exactly the text that was executed, its magic's line included. ``notebook`` is
    a file name without folders, ``root`` its folder. ``origins`` returns which executed cell
    defined each of some names: ``{name: {"cell": 3, "line": 1, "note": "was edited …"}}``.
    """

    cell_text: str
    options: Options
    notebook: str | None = None
    cell_id: str | None = None
    root: Path | None = None
    origins: Origins | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> str:
        """sha256 of the cell's text, by which a changed cell is known."""
        return hashlib.sha256(self.cell_text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class PackageRequest(CellRequest[FunctionOptions]):
    """A ``%%function`` cell; a text without that line is a body alone.

    ``sample`` holds rows for the models' input types and parity. ``tests`` travel in the manifest
    and must be JSON.
    """

    sample: object | None = field(default=None, repr=False)
    tests: Sequence[FunctionTest] = field(default=(), repr=False)


@dataclass(frozen=True)
class CompositionRequest(CellRequest[CompositionOptions]):
    """A ``%%composition`` cell; ``cell_text`` is empty where a file holds the composition.

    ``notebook_functions`` are the names of the functions that this notebook packaged, and so may
    deploy, by the id of their package; compositions among them.
    """

    notebook_functions: Mapping[str, str] = field(default_factory=dict, compare=False)

    def for_part(self, path: str) -> CompositionRequest:
        """Return the request for a composition named ``path`` within this one.

        It has no cell: a cell that now deploys another name than before is told so.
        """
        return CompositionRequest(
            "",
            CompositionOptions.at(path),
            notebook=self.notebook,
            root=self.root,
            origins=self.origins,
            notebook_functions=self.notebook_functions,
        )
