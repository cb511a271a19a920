"""Dataclasses with the options of ``%%function`` and ``%%composition``.

The parser (magics/cells/options.py) builds the options object, a request (workspace/request.py)
contains the object, and packaging reads its fields. To add an option, add a field here and an
``Argument`` of the same name to the parser's table. Then read the field where it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeVar

from jupyter_faas.whisk.entities import WEB_OPEN
from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.names import local_name

# A package contains a model as ONNX, or as the estimator itself in the skops format. AUTO chooses
# ONNX if it has the model's results, and otherwise skops.
AUTO, ONNX, SKOPS = MODEL_FORMATS = ("auto", "onnx", "skops")

OPEN = "open"

# The annotations that OpenWhisk's own command line sets for --web.
_WEB: Mapping[str, bool] = MappingProxyType({"web-export": True, "raw-http": False, "final": True})

# deployment/tool_annotations.py adds the others.
_TOOL: Mapping[str, str] = MappingProxyType({"mcp:type": "tool"})

Options = TypeVar("Options", bound="ActionOptions")


@dataclass(frozen=True)
class ActionOptions:
    """Options that functions and compositions share.

    ``parameters``: preset values, which a call can override.
    ``kind``: the runtime. None selects the kind of the running Python version, or Node.js for a
    composition with JavaScript.
    ``vendor``: whether the package contains its requirements as wheels.
    ``image``: the container image that the action runs in and that contains the requirements.
    ``includes``: paths relative to the notebook's directory.
    ``requires``: distributions that cannot be detected from imports.
    ``package``: the OpenWhisk package that the action is deployed into, as ``package/name``.
    ``web``: whether this is a web action, which anyone may call and whose preset parameters cannot
    be overridden. OPEN if the playground also lets pages of other sites call it.
    ``keep_inputs``: how the playground keeps the latest inputs, or None to keep none.
    ``tool``: whether agents may call the action as a tool (``jupyter faas mcp``).
    ``deploy``: whether running the cell also deploys the action.
    ``variable``: the name in the cell if OpenWhisk does not allow it (``größe`` for ``grosse``).
    """

    MAGIC: ClassVar[str] = "function"

    name: str
    memory_mb: int = 256
    timeout_ms: int = 60_000
    # Parameter values are often secrets, so the repr omits them.
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    kind: str | None = None
    vendor: bool = False
    image: str | None = None
    includes: Sequence[str | Path] = ()
    requires: Sequence[str] = ()
    package: str | None = None
    web: bool | Literal["open"] = False
    keep_inputs: KeepInputs | None = None
    tool: bool = False
    deploy: bool = False
    variable: str = ""

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
        """The user's annotations, and those that ``web``, ``keep_inputs`` and ``tool`` set.

        The user's annotations take precedence.
        """
        rule = self.keep_inputs
        keeping = {} if rule is None else {KEEP_INPUTS: rule.to_annotation()}
        # An annotation that the user sets explicitly overrides the value from an option.
        web = {**(_WEB if self.web else {}), **({WEB_OPEN: True} if self.web == OPEN else {})}
        tool = _TOOL if self.tool else {}
        return {**web, **keeping, **tool, **self.annotations}

    def shown_magic_line(self, magic_line: str) -> str:
        """Return the magic's line without parameter values, which are often secrets.

        A line with parameters is replaced by a generated line, because a value can be written in
        too many ways to find it reliably.
        """
        if not self.parameters or not magic_line:
            return magic_line
        names = " ".join(f"--param {name}=…" for name in self.parameters)
        return f"%%{self.MAGIC} {self.variable or self.name} {names}"


@dataclass(frozen=True)
class FunctionOptions(ActionOptions):
    """The options of a function, including options for models and tests.

    ``sample_expression``: Python source of the sample. A PackageRequest contains its value.
    ``test_expressions``: Python source of each test's input and of its expected result, or None.
    ``clean_room``: whether a clean-room test runs before the package is deployed.
    ``accept_parity``: whether the function is packaged even if the parity check fails.
    ``model_format``: ``auto``, ``onnx``, or ``skops`` for the estimators themselves.
    ``trust``: types outside scikit-learn that skops models may contain. They restrict what is
    loaded only with the prefix ``only:``.
    ``secrets``: the names of environment variables whose values a deploy sets (workspace/secrets).
    ``variables``: the names of environment variables whose values the package contains.
    ``watch``: whether running the cell deploys it as ``NAME-dev``.
    """

    sample_expression: str | None = None
    test_expressions: Sequence[tuple[str, str | None]] = ()
    clean_room: bool = True
    accept_parity: bool = False
    model_format: str = AUTO
    trust: Sequence[str] = ()
    secrets: Sequence[str] = ()
    variables: Sequence[str] = ()
    watch: bool = False


@dataclass(frozen=True)
class CompositionOptions(ActionOptions):
    """The options of a composition.

    ``source``: the path of the composition's file, as the user wrote it, or None for a cell.
    """

    MAGIC: ClassVar[str] = "composition"

    source: str | None = None
