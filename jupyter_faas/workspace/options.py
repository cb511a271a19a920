"""The options of ``%%function`` and ``%%composition``: one dataclass from the cell to its package.

The parser (magics/cells/options.py) builds an object of it, a request (workspace/request.py) holds
it, packaging reads it. To add an option, add a field here and an ``Argument`` of the same name to
the parser's table, and read the field where it acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.names import local_name

# How models travel: as ONNX, or the estimators themselves.
ONNX, SKOPS = MODEL_FORMATS = ("onnx", "skops")

# What OpenWhisk's own command line sets for --web.
_WEB: Mapping[str, bool] = MappingProxyType({"web-export": True, "raw-http": False, "final": True})

Options = TypeVar("Options", bound="ActionOptions")


@dataclass(frozen=True)
class ActionOptions:
    """What functions and compositions both have. Times are in ms, memory in MB.

    ``parameters`` are bound to the action: every call gets them unless it brings its own.
    ``kind`` None is that of this Python, or of Node.js for a composition's JavaScript.
    ``vendor``: the requirements travel as wheels. ``image``: the action runs in this container
    image, which has them. ``includes`` are paths relative to the notebook's folder, ``requires``
    are distributions that no import names. ``package`` is OpenWhisk's: the action is deployed into
    it, as ``package/name``. ``web`` makes a web action: anybody may call it, and its parameters are
    final. ``keep_inputs``: the playground keeps its latest inputs. ``deploy``: the cell deploys it.
    """

    MAGIC: ClassVar[str] = "function"

    name: str
    memory_mb: int = 256
    timeout_ms: int = 60_000
    # Values of parameters are often secrets, so they are not in a repr.
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    kind: str | None = None
    vendor: bool = False
    image: str | None = None
    includes: Sequence[str | Path] = ()
    requires: Sequence[str] = ()
    package: str | None = None
    web: bool = False
    keep_inputs: KeepInputs | None = None
    deploy: bool = False

    @classmethod
    def at(cls: type[Options], path: str, **options: Any) -> Options:
        """Return options for ``name`` or ``package/name``."""
        package, _, name = path.rpartition("/")
        return cls(name, package=package or None, **options)

    @property
    def path(self) -> str:
        """The name on the target: ``name`` or ``package/name``."""
        return local_name(self.package, self.name)

    @property
    def all_annotations(self) -> dict[str, Any]:
        """The user's, which go first, and those that ``web`` and ``keep_inputs`` stand for."""
        keeping = {KEEP_INPUTS: self.keep_inputs.to_annotation()} if self.keep_inputs else {}
        return {**(_WEB if self.web else {}), **keeping, **self.annotations}

    def shown_magic_line(self, magic_line: str) -> str:
        """Return the magic's line without the values of parameters, which are often secrets.

        With parameters the line is written anew, so that no spelling of a value can slip through.
        """
        if not self.parameters or not magic_line:
            return magic_line
        names = " ".join(f"--param {name}=…" for name in self.parameters)
        return f"%%{self.MAGIC} {self.name} {names}"


@dataclass(frozen=True)
class FunctionOptions(ActionOptions):
    """Also what concerns models and tests, which only functions have.

    ``sample_expression`` and ``test_expressions`` (each with its ``--expect``) are text of the
    cell; a PackageRequest holds their values. Without ``clean_room`` the package is not tried
    before it is deployed. ``model_format``: ``onnx``, or ``skops`` for the estimators themselves,
    which may then hold the types of ``trust`` in addition to scikit-learn's.
    """

    sample_expression: str | None = None
    test_expressions: Sequence[tuple[str, str | None]] = ()
    clean_room: bool = True
    accept_parity: bool = False
    model_format: str = ONNX
    trust: Sequence[str] = ()


@dataclass(frozen=True)
class CompositionOptions(ActionOptions):
    """Also ``source``: the file that the composition is read from, as its path was written."""

    MAGIC: ClassVar[str] = "composition"

    source: str | None = None
