"""What is to be packaged, as the user wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.names import local_name

# How models travel: as ONNX, or the estimators themselves.
ONNX, SKOPS = MODEL_FORMATS = ("onnx", "skops")

# What OpenWhisk's own command line sets for --web.
_WEB: Mapping[str, bool] = MappingProxyType({"web-export": True, "raw-http": False, "final": True})

Origins = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class GivenTest:
    """An input to try (``--test``), and what must be in the answer (``--expect``).

    Without ``expect`` the notebook's own answer is expected.
    """

    params: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None


class _Written:
    """What follows from the options that functions and compositions both have."""

    magic: ClassVar[str]
    cell_text: str
    name: str
    package: str | None
    web: bool
    keep_inputs: KeepInputs | None
    parameters: Mapping[str, Any]
    annotations: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The name on the target: ``name`` or ``package/name``."""
        return local_name(self.package, self.name)

    @property
    def all_annotations(self) -> dict[str, Any]:
        """Those of a web action, and of one whose inputs are kept, too; the user's go first."""
        keeping = {KEEP_INPUTS: self.keep_inputs.to_annotation()} if self.keep_inputs else {}
        return {**(_WEB if self.web else {}), **keeping, **self.annotations}

    @property
    def source(self) -> str:
        """sha256 of the cell's text, by which a changed cell is known."""
        return hashlib.sha256(self.cell_text.encode("utf-8", "surrogatepass")).hexdigest()

    def shown_magic_line(self, magic_line: str) -> str:
        """The magic's line as it may travel: values of parameters are often secrets.

        With parameters it is written anew, so that no spelling of a value can slip through.
        """
        if not self.parameters or not magic_line:
            return magic_line
        names = " ".join(f"--param {name}=…" for name in self.parameters)
        return f"%%{self.magic} {self.name} {names}"


@dataclass(frozen=True)
class PackageRequest(_Written):
    """A cell and its options.

    ``cell_text`` is exactly the text that was executed, its ``%%function`` line included; a text
    without one is a body alone. ``sample`` holds rows for the models' input types and parity.
    ``kind`` None is this Python's. ``includes`` are relative to ``root``, the notebook's folder,
    ``requires`` are distributions that no import tells of.
    ``model_format``: ``onnx``, or ``skops`` for the estimators themselves, which may then hold the
    types of ``trust`` besides scikit-learn's. ``notebook`` is a file name without folders.
    ``package`` is OpenWhisk's: the function is deployed into it, as ``package/name``. ``web`` makes
    a web action of it: anybody may call it, and its parameters are final. ``vendor``: its
    requirements travel as wheels. ``image``: it runs in this container image, which has them.
    ``tests`` travel in the manifest and must be JSON; without ``clean_room`` the package is not
    tried before it is deployed. ``keep_inputs``: the playground keeps its latest inputs.
    ``origins`` tells of names which executed cell defined each:
    ``{name: {"cell": 3, "line": 1, "note": "was edited …"}}``.
    """

    magic = "function"

    cell_text: str
    name: str
    sample: object | None = field(default=None, repr=False)
    memory_mb: int = 256
    timeout_ms: int = 60_000
    kind: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    includes: Sequence[str | Path] = ()
    requires: Sequence[str] = ()
    accept_parity: bool = False
    model_format: str = ONNX
    trust: Sequence[str] = ()
    package: str | None = None
    vendor: bool = False
    image: str | None = None
    web: bool = False
    tests: Sequence[GivenTest] = field(default=(), repr=False)
    clean_room: bool = True
    keep_inputs: KeepInputs | None = None
    notebook: str | None = None
    cell_id: str | None = None
    root: Path | None = None
    origins: Origins | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class CompositionRequest(_Written):
    """The options of a composition, as of a PackageRequest.

    ``cell_text`` is the cell that was executed, its ``%%composition`` line included, or empty where
    the composition was read from a file. ``notebook_functions`` are the names of the functions that
    this notebook packaged, and so may deploy, by the id of their package; compositions among them.
    """

    magic = "composition"

    cell_text: str
    name: str
    memory_mb: int = 256
    timeout_ms: int = 60_000
    kind: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    includes: Sequence[str | Path] = ()
    requires: Sequence[str] = ()
    package: str | None = None
    vendor: bool = False
    image: str | None = None
    web: bool = False
    keep_inputs: KeepInputs | None = None
    notebook: str | None = None
    cell_id: str | None = None
    root: Path | None = None
    origins: Origins | None = field(default=None, repr=False, compare=False)
    notebook_functions: Mapping[str, str] = field(default_factory=dict, compare=False)

    def for_part(self, name: str) -> CompositionRequest:
        """That of a composition with a name (``name`` or ``package/name``) within this one.

        It has no cell: a cell that now deploys another name than before is told so.
        """
        package, _, base = name.rpartition("/")
        return CompositionRequest(
            cell_text="",
            name=base,
            package=package or None,
            notebook=self.notebook,
            root=self.root,
            origins=self.origins,
            notebook_functions=self.notebook_functions,
        )
