"""Result types of the workspace: Deployment, ActivationRecord, TargetState, Forecast, Packaged.

Their ``to_json`` methods return the JSON data that the front end reads. There are examples in
``tests/data/api/*.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.workspace.failures import failure_of

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
    """A target and its state.

    ``state``: ``running`` or ``stopped`` for the playground. Other targets are ``unknown`` until a
    request shows their state.
    ``apihost``: the host, or an empty string while the host is unknown.
    ``message`` and ``hint``: the description of a problem, or empty strings.
    ``insecure``: whether verification of the host's certificate is turned off.
    ``profile``: the kind of host, or an empty string for Apache OpenWhisk.
    ``extra_logging``: whether Adobe I/O Runtime is asked to record every run.
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
    extra_logging: bool = False

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
    """A finished deploy.

    ``name``: the action's name, as ``name`` or ``package/name``.
    ``bundle``: the SHA-256 of the bundle.
    ``packaged``: the SHA-256 of the bundle that the cell made, if ``bundle`` is an adapted copy.
    ``package``: the id of the package record.
    ``size``: the size of the zip in bytes.
    ``updated``: the time of the deploy in epoch ms.
    ``web_url``: the public URL of a web action, None for other actions.
    ``warning``: possible problems on the target, or an empty string.
    ``unchanged``: whether the target already had this package, so that nothing was uploaded.
    ``rollback_to``: the version that a rollback restored, None for other deploys.
    ``parts``: the deploys of the compositions nested in this composition.
    ``web_access``: how callers of the web URL authenticate: ``open``, ``key`` or ``word``.
    ``removed``: the two versions of a canary, which the deploy ended.
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
    web_access: str = "open"
    packaged: str | None = None
    removed: tuple[str, ...] = ()

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
        # These keys are optional in the front end's types, so empty values are omitted.
        more = {
            "warning": self.warning,
            "unchanged": self.unchanged,
            "rollback_to": self.rollback_to,
            "parts": [each.to_json() for each in self.parts],
            "web_access": shown_access(self),
            "packaged": self.packaged,
            "removed": list(self.removed),
        }
        return {**shown, **{key: value for key, value in more.items() if value}}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show a short text if the deployment is the last value of a cell in IPython."""
        printer.text(f"<{self.name} {self.version} on {self.target_label}>")


@dataclass(frozen=True)
class Removal:
    """What was removed with a function, or with its canary.

    ``removed``: the versions of a canary that were removed, and the shadow.
    ``warning``: what is left, with the commands that remove it, or an empty string.
    """

    removed: tuple[str, ...] = ()
    warning: str = ""


@dataclass(frozen=True)
class DeployedFunction:
    """An action on the target.

    ``name``: the action's name, as ``name`` or ``package/name``.
    ``updated``: the time of the last update in epoch ms.
    ``web_url``: the public URL of a web action, None for other actions.
    ``bundle`` and ``source``: the SHA-256 of the bundle and of the cell's text.
    ``packaged``: the SHA-256 of the bundle that the cell made, if ``bundle`` is an adapted copy.
    ``notebook`` and ``cell_id``: the file name and the cell that the action was deployed from.
    ``models``: the SHA-256 of each model in a model store.
    ``back_to``: the version that a rollback would restore, or None.
    ``elsewhere``: whether another user or tool has changed the action since it was deployed from
    this data directory.
    ``composition``: whether the action is a conductor, including conductors from other tools.
    ``web_access``: how callers of the web URL authenticate: ``open``, ``key`` or ``word``.
    ``variant``: the role of a version beside a function (``shadow``), and the function's name.

    Values from this product's annotations are None for actions that other tools deployed.
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
    web_access: str = "open"
    packaged: str | None = None
    cell_id: str | None = None
    variant: tuple[str, str] | None = None

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
            "web_access": shown_access(self),
            "packaged": self.packaged,
            "cell_id": self.cell_id,
            "variant": self.variant and {"role": self.variant[0], "of": self.variant[1]},
        }
        return {**shown, **{key: value for key, value in more.items() if value}}


def is_deployed(deployed: Mapping[str, Any], bundle: str) -> bool:
    """Return whether an action was deployed from a bundle, unchanged or adapted to the target.

    ``deployed`` is the part of a card about the action, or an entry of the list of functions.
    """
    return bundle in (deployed["bundle"], deployed.get("packaged"))


def shown_access(deployed: Deployment | DeployedFunction) -> str:
    """Return the access rule of a web action that asks for something, or an empty string."""
    asks = deployed.web_url is not None and deployed.web_access != "open"
    return deployed.web_access if asks else ""


@dataclass(frozen=True)
class ActivationSummary:
    """An activation and its cost, without its result and logs.

    ``start`` and ``end``: times in epoch ms.
    ``cold``: whether a container was started for this activation.
    ``cost_per_million``: the cost of a million such runs in USD.
    ``cause``: the id of the parent activation.
    ``peak_mb``: the peak memory, if the host measures it.
    ``feed``: whether this is a run of the feed action that creates, changes or removes a schedule.
    ``error``: why the run failed, on one line, in lists of runs.

    Unknown values are None. For example, a trigger's record has no end, kind or memory.
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
    error: str | None = None

    @property
    def has_parts(self) -> bool:
        """Whether this is a run of a sequence or composition, which has child activations."""
        return self.kind == "sequence"

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON data, as in ``tests/data/api/activations.json``."""
        more = {
            "children": self.has_parts,
            "composition": self.composition,
            "peak_mb": self.peak_mb,
            "feed": self.feed,
            "error": self.error,
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
    """An activation with its result and logs.

    ``target``: the name of the target that the activation ran on.
    ``calls``: the number of calls in a session, or None if unknown.
    ``max_timeout_ms``: the largest time limit of the target, or None if unknown.
    """

    result: Any = None
    logs: tuple[str, ...] = ()
    annotations: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    calls: int | None = None
    max_timeout_ms: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON data for display, as in ``tests/data/api/activation.json``.

        A failed run has ``failure``, which is described in ``Failure.to_json``. ``advice`` has the
        last error of the log and the likely cause, if the result does not say why the run failed.
        """
        shown = {
            "type": "activation",
            "format": 1,
            **super().to_json(),
            "result": self.result,
            "logs": list(self.logs),
            "annotations": dict(self.annotations),
            "target": self.target,
            **({} if self.calls is None else {"calls": self.calls}),
        }
        if self.ok:
            return shown
        if self.max_timeout_ms is not None:
            shown["max_timeout_ms"] = self.max_timeout_ms
        failure = failure_of(shown)
        shown["failure"] = failure.to_json()
        return {**shown, "advice": list(failure.lines)} if failure.lines else shown


@dataclass(frozen=True)
class CleanRoomResult:
    """The outcome of a clean-room test.

    ``state``: ``loaded`` if there was no input to call the function with, ``skipped`` if the user
    turned the test off, else ``passed`` or ``failed``.
    ``ms``: the duration of the whole run.
    ``inputs``: the number of inputs.
    ``message`` and ``hint``: an explanation of a failed test.
    ``answers``: the values of a failed test, under the labels ``Input``, ``Notebook`` or
    ``Expected``, and ``Package``.

    Secrets from environment variables and preset parameters are redacted.
    """

    state: Literal["passed", "loaded", "failed", "skipped"]
    ms: int = 0
    inputs: int = 0
    note: str = ""
    message: str = ""
    hint: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as JSON data, for the key ``clean_room`` of a forecast."""
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
    """The forecast of a cold start, measured in a fresh process on this machine.

    For a host, ``cold_ms`` includes the time for sending the package to a container, or is what the
    host has recorded. ``note`` then says so.

    ``state``: ``failed``, with a ``message``, if the package does not run, and ``unmeasured`` for
    compositions.
    ``cold_ms``: the total time to import modules, load the model and make the first call.
    ``model_ms``: the time to load the model, or None if there is no model.
    ``first_call_ms`` and ``warm_ms``: the times of calls, or None without an example input.
    ``timeout_share``: ``cold_ms`` divided by the timeout.
    ``prices``: the label of the price list, or "" if nothing was measured.
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
    prices: str = ""
    message: str = ""
    clean_room: CleanRoomResult | None = None
    note: str = ""

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
            "prices": self.prices,
            "message": self.message,
            "clean_room": self.clean_room and self.clean_room.to_json(),
            **({"note": self.note} if self.note else {}),
        }


@dataclass(frozen=True)
class Packaged:
    """A packaged cell.

    ``bundle``: the SHA-256 of the bundle.
    ``size``: the size of the zip in bytes.
    ``handler``: the name of the function that the action calls.
    ``spec``: the keys of the manifest that a local call needs, such as ``name``,
    ``parameter_style`` and ``schema``.
    ``card``: the data of the card, as in ``tests/data/api/card.json``.
    ``parts``: the named compositions nested in a composition, by name.
    """

    record: PackageRecord
    bundle: str
    size: int
    handler: str
    spec: Mapping[str, Any]
    card: dict[str, Any]
    parts: Mapping[str, Packaged] = field(default_factory=dict)


def exact(amount: Decimal | None) -> str | None:
    """Return an amount in USD with all its decimals, as text for JSON. Return None for None."""
    from jupyter_faas.cost import plain_usd

    return None if amount is None else plain_usd(amount)


def rounded(amount: Decimal | None) -> str | None:
    """Return a rounded amount in USD for display, such as ``$0.43``. Return None for None."""
    from jupyter_faas.cost import format_usd

    return None if amount is None else format_usd(amount)
