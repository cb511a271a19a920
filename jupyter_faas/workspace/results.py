"""Result types of the workspace: Deployment, ActivationRecord, TargetState, Forecast, Packaged.

Their ``to_json`` methods return what the front end reads. ``tests/data/api/*.json`` has examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord

Progress = Callable[[str], None]


def silent(message: str) -> None:
    """Ignore progress messages."""


TargetCondition = Literal[
    "running", "stopped", "unknown", "reachable", "unreachable", "unauthorized"
]


@dataclass(frozen=True)
class TargetState:
    """A target and its state. ``message`` and ``hint`` describe a problem.

    The playground is ``running`` or ``stopped``. Other targets are ``unknown`` until a request
    shows their state. ``apihost`` is empty while it is unknown. ``insecure``: the host's
    certificate is not verified. ``profile`` is empty unless the host differs from Apache OpenWhisk.
    """

    name: str
    label: str
    kind: str
    apihost: str
    namespace: str
    state: TargetCondition
    message: str = ""
    hint: str = ""
    insecure: bool = False
    profile: str = ""

    def to_json(self) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "label": self.label,
            "kind": self.kind,
            "apihost": self.apihost,
            "namespace": self.namespace,
            "state": self.state,
            "message": self.message,
            "hint": self.hint,
            "insecure": self.insecure,
        }
        return {**shown, "profile": self.profile} if self.profile else shown


@dataclass(frozen=True)
class Deployment:
    """A finished deploy. ``size`` is the size of the zip in bytes; ``updated`` is in epoch ms.

    ``name`` is ``name`` or ``package/name``; ``package`` is the id of the package record.
    ``bundle`` is a sha256. ``web_url`` is None unless it is a web action. ``warning`` describes
    possible problems on the target, or is empty. ``unchanged``: the target already had this
    package, so nothing was uploaded. ``rollback_to`` is the version that was restored. ``parts``
    are the deploys of compositions within this one.
    """

    name: str
    namespace: str
    version: str
    bundle: str
    package: str
    target: str
    target_label: str
    url: str
    size: int
    updated: int
    web_url: str | None = None
    warning: str = ""
    unchanged: bool = False
    rollback_to: str | None = None
    parts: tuple[Deployment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "namespace": self.namespace,
            "version": self.version,
            "bundle": self.bundle,
            "package": self.package,
            "target": self.target,
            "target_label": self.target_label,
            "url": self.url,
            "web_url": self.web_url,
            "size": self.size,
            "updated": self.updated,
        }
        # Optional in the front end's types, so empty values are left out. The same holds below.
        more = {
            "warning": self.warning,
            "unchanged": self.unchanged,
            "rollback_to": self.rollback_to,
            "parts": [each.to_json() for each in self.parts],
        }
        return {**shown, **{key: value for key, value in more.items() if value}}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show a short text when this is the last value of a cell in IPython."""
        printer.text(f"<{self.name} {self.version} on {self.target_label}>")


@dataclass(frozen=True)
class DeployedFunction:
    """An action on the target. Values of our annotations are None for actions of other tools.

    ``name`` is ``name`` or ``package/name``; ``bundle`` and ``source`` are sha256; ``web_url`` is
    None unless it is a web action. ``updated`` is in epoch ms. ``back_to`` is the version that a
    rollback would restore. ``elsewhere``: it was deployed from this data folder, and another user
    or tool has changed it since. ``models`` are the sha256 of models in a store. ``composition``:
    it is a conductor, of this or another tool.
    """

    name: str
    namespace: str
    version: str
    kind: str
    memory_mb: int
    timeout_ms: int
    updated: int
    url: str
    web_url: str | None = None
    bundle: str | None = None
    source: str | None = None
    notebook: str | None = None
    signature: str | None = None
    schema: dict[str, Any] | None = None
    models: tuple[str, ...] = ()
    back_to: str | None = None
    elsewhere: bool = False
    composition: bool = False

    def to_json(self) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "namespace": self.namespace,
            "version": self.version,
            "kind": self.kind,
            "memory_mb": self.memory_mb,
            "timeout_ms": self.timeout_ms,
            "updated": self.updated,
            "bundle": self.bundle,
            "source": self.source,
            "notebook": self.notebook,
            "signature": self.signature,
            "schema": self.schema,
            "url": self.url,
            "web_url": self.web_url,
        }
        more = {
            "back_to": self.back_to,
            "elsewhere": self.elsewhere,
            "composition": self.composition,
        }
        return {**shown, **{key: value for key, value in more.items() if value}}


@dataclass(frozen=True)
class ActivationSummary:
    """An activation in a list, with its cost. Times are in ms; ``start`` and ``end`` in epoch ms.

    Unknown values are None: a trigger's record has no end, kind or memory. ``cold``: a container
    was started for it. ``cause`` is the id of its parent. The cost is that of a million such runs
    in USD. ``peak_mb`` is the peak memory, if the host measures it. ``feed``: it is a run of the
    feed action that creates, changes or removes a schedule.
    """

    id: str
    name: str
    version: str
    kind: str | None
    start: int
    end: int | None
    duration_ms: int | None
    init_ms: int | None
    wait_ms: int | None
    cold: bool
    status: str
    ok: bool
    memory_mb: int | None
    billed_ms: int | None
    cost_per_million: Decimal | None
    cause: str | None
    composition: bool = False
    peak_mb: int | None = None
    feed: bool = False

    @property
    def has_parts(self) -> bool:
        """Whether it is a sequence or a composition, which have children."""
        return self.kind == "sequence"

    def to_json(self) -> dict[str, Any]:
        """Return an entry of a list, as in ``tests/data/api/activations.json``."""
        more = {
            "children": self.has_parts,
            "composition": self.composition,
            "peak_mb": self.peak_mb,
            "feed": self.feed,
        }
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "kind": self.kind,
            "start": self.start,
            "end": self.end,
            "duration_ms": self.duration_ms,
            "init_ms": self.init_ms,
            "wait_ms": self.wait_ms,
            "cold": self.cold,
            "status": self.status,
            "ok": self.ok,
            "memory_mb": self.memory_mb,
            "billed_ms": self.billed_ms,
            "cost_per_million_usd": exact(self.cost_per_million),
            "cost_text": rounded(self.cost_per_million),
            "cause": self.cause,
            **{key: value for key, value in more.items() if value},
        }


@dataclass(frozen=True)
class ActivationRecord(ActivationSummary):
    """An activation with its result and logs. ``target`` is the name of the target it ran on.

    ``calls`` is the number of calls in a session, None when unknown.
    """

    result: Any = None
    logs: tuple[str, ...] = ()
    annotations: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    calls: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the data of the display, as in ``tests/data/api/activation.json``."""
        return {
            "type": "activation",
            "format": 1,
            **super().to_json(),
            "result": self.result,
            "logs": list(self.logs),
            "annotations": dict(self.annotations),
            "target": self.target,
            **({} if self.calls is None else {"calls": self.calls}),
        }


@dataclass(frozen=True)
class CleanRoomResult:
    """Outcome of a clean-room test.

    ``state`` is ``loaded`` when there was no input to call it with, and ``skipped`` when the user
    turned the test off. ``ms`` is the time of the whole run; ``inputs`` is the number of inputs.
    After a ``failed`` run, ``message`` and ``hint`` explain the failure, and ``answers`` has the
    values to compare, by the labels ``Input``, ``Notebook`` or ``Expected``, and ``Package``.
    Secrets of this machine and preset parameters are redacted in all of them.
    """

    state: Literal["passed", "loaded", "failed", "skipped"]
    ms: int = 0
    inputs: int = 0
    note: str = ""
    message: str = ""
    hint: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the entry ``clean_room`` of a forecast."""
        return {
            "state": self.state,
            "ms": self.ms,
            "inputs": self.inputs,
            "note": self.note,
            "message": self.message,
            "hint": self.hint,
            "answers": dict(self.answers),
        }


@dataclass(frozen=True)
class Forecast:
    """Forecast of a cold start, measured in a fresh process on this machine.

    ``state`` is ``failed`` with a ``message`` when the package does not run, and ``unmeasured`` for
    compositions. ``cold_ms`` is the sum of the times for imports, loading the model, and the first
    call. ``model_ms`` is None without a model; ``first_call_ms`` and ``warm_ms`` are None without
    an example input. ``timeout_share`` is ``cold_ms`` divided by the timeout.
    """

    state: Literal["measuring", "measured", "failed", "unmeasured"] = "measuring"
    cold_ms: int | None = None
    import_ms: int | None = None
    model_ms: int | None = None
    first_call_ms: int | None = None
    warm_ms: int | None = None
    timeout_share: float | None = None
    cold_per_million: Decimal | None = None
    warm_per_million: Decimal | None = None
    message: str = ""
    clean_room: CleanRoomResult | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "cold_ms": self.cold_ms,
            "import_ms": self.import_ms,
            "model_ms": self.model_ms,
            "first_call_ms": self.first_call_ms,
            "warm_ms": self.warm_ms,
            "timeout_share": self.timeout_share,
            "cold_per_million_usd": exact(self.cold_per_million),
            "warm_per_million_usd": exact(self.warm_per_million),
            "cold_cost_text": rounded(self.cold_per_million),
            "warm_cost_text": rounded(self.warm_per_million),
            "message": self.message,
            "clean_room": self.clean_room and self.clean_room.to_json(),
        }


@dataclass(frozen=True)
class Packaged:
    """A packaged cell: its record, the sha256 of its bundle, and its card.

    ``card`` is as in ``tests/data/api/card.json``; ``size`` is the size of the zip in bytes.
    ``handler`` is the name of the function that is called. ``spec`` is the part of the manifest
    that a local call needs: name, parameter_style, schema. ``parts`` are the named compositions
    within a composition, by name.
    """

    record: PackageRecord
    bundle: str
    size: int
    handler: str
    spec: Mapping[str, Any]
    card: dict[str, Any]
    parts: Mapping[str, Packaged] = field(default_factory=dict)


def exact(amount: Decimal | None) -> str | None:
    """Return an amount in USD with all its decimals, as text for JSON. None stays None."""
    from jupyter_faas.cost import plain_usd

    return None if amount is None else plain_usd(amount)


def rounded(amount: Decimal | None) -> str | None:
    """Return a rounded amount in USD for display, such as ``$0.43``. None stays None."""
    from jupyter_faas.cost import format_usd

    return None if amount is None else format_usd(amount)
