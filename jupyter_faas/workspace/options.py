"""The options of ``%%function`` and ``%%composition``, a dataclass for each.

The parser (magics/cells/options.py) builds the object, a request (workspace/request.py) contains
it, and packaging reads it. To add an option, add a field here and an ``Argument`` of the same name
to the parser's table. Then read the field where it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.names import local_name

# The formats of models in a package: ONNX, or skops for the estimators themselves.
ONNX, SKOPS = MODEL_FORMATS = ("onnx", "skops")

# The annotations that OpenWhisk's own command line sets for --web.
_WEB: Mapping[str, bool] = MappingProxyType({"web-export": True, "raw-http": False, "final": True})

Options = TypeVar("Options", bound="ActionOptions")


@dataclass(frozen=True)
class ActionOptions:
    """Options that functions and compositions share. Times are in ms, memory is in MB.

    ``parameters`` are preset: each call has them unless it passes its own values. ``kind`` None
    means the kind of this Python, or Node.js for a composition with JavaScript. ``vendor``: the
    package contains its requirements as wheels. ``image``: the action runs in this container image,
    which has the requirements. ``includes`` are paths relative to the notebook's folder.
    ``requires`` are distributions that no import shows. ``package`` is the OpenWhisk package that
    the action is deployed into, as ``package/name``. ``web`` makes a web action, which anyone may
    call and whose preset parameters are final. ``keep_inputs``: the playground keeps the latest
    inputs. ``deploy``: running the cell also deploys it.
    """

    MAGIC: ClassVar[str] = "function"

    name: str
    memory_mb: int = 256
    timeout_ms: int = 60_000
    # Values of parameters are often secrets, so the repr leaves them out.
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
        """Return options for the action at ``path``, which is ``name`` or ``package/name``."""
        package, _, name = path.rpartition("/")
        return cls(name, package=package or None, **options)

    @property
    def path(self) -> str:
        """Name of the action on the target: ``name`` or ``package/name``."""
        return local_name(self.package, self.name)

    @property
    def all_annotations(self) -> dict[str, Any]:
        """The user's annotations and those for ``web`` and ``keep_inputs``; the user's win."""
        keeping = {KEEP_INPUTS: self.keep_inputs.to_annotation()} if self.keep_inputs else {}
        # A user who sets an annotation explicitly overrides what an option would set.
        return {**(_WEB if self.web else {}), **keeping, **self.annotations}

    def shown_magic_line(self, magic_line: str) -> str:
        """Return the magic's line without the values of parameters, which are often secrets.

        A line with parameters is not edited but replaced, since a value can be written in many
        ways.
        """
        if not self.parameters or not magic_line:
            return magic_line
        names = " ".join(f"--param {name}=…" for name in self.parameters)
        return f"%%{self.MAGIC} {self.name} {names}"


@dataclass(frozen=True)
class FunctionOptions(ActionOptions):
    """The options of a function: also those for models and tests.

    ``sample_expression`` and ``test_expressions`` (each with its ``--expect``) are Python source; a
    PackageRequest contains their values. Without ``clean_room`` the package is deployed without a
    clean-room test. ``accept_parity``: a failed parity check is accepted. ``model_format`` is
    ``onnx``, or ``skops`` for the estimators themselves. These may then contain the types in
    ``trust``, in addition to those of scikit-learn.
    """

    sample_expression: str | None = None
    test_expressions: Sequence[tuple[str, str | None]] = ()
    clean_room: bool = True
    accept_parity: bool = False
    model_format: str = ONNX
    trust: Sequence[str] = ()


@dataclass(frozen=True)
class CompositionOptions(ActionOptions):
    """The options of a composition.

    ``source`` is the path of the file that contains it, as the user wrote it.
    """

    MAGIC: ClassVar[str] = "composition"

    source: str | None = None
