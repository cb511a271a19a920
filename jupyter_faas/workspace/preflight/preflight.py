"""Preflight checks of size, memory, timeout, graph and models against the limits of a target."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import can_run, composition_of
from jupyter_faas.whisk.names import action_name
from jupyter_faas.whisk.profiles import OPENWHISK, PROFILES, profile_of
from jupyter_faas.workspace import text
from jupyter_faas.workspace.compositions.npm_composer import INSTALL
from jupyter_faas.workspace.preflight.credentials import credentials_check
from jupyter_faas.workspace.preflight.remedies import smaller_hint
from jupyter_faas.workspace.preflight.report import NOT_CHECKED, Check, Preflight
from jupyter_faas.workspace.preflight.requirements import requirements_checks
from jupyter_faas.workspace.preflight.runtime import runtime_checks
from jupyter_faas.workspace.preflight.sizes import dependency_sizes, memory_for, sent_bytes
from jupyter_faas.workspace.preflight.startup import memory_to_start, sent_within
from jupyter_faas.workspace.preflight.variables import variable_checks
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.model_store_setting import model_store_hint

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord, StoredModel
    from jupyter_faas.errors import FaasError
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
    from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting

_MB = 1024 * 1024
# The types of nodes that start sessions over HTTP, as only the conductor itself can.
_SPAWNING = frozenset({"async", "map", "par", "parallel"})
_OTHER_PROFILES = ", ".join(name for name in PROFILES if name != OPENWHISK)


def preflight(
    record: PackageRecord,
    bundle: Bundle,
    target: TargetCapabilities,
    *,
    unfit: FaasError | None = None,
) -> Preflight:
    """Return the result of checking a package against a target.

    ``unfit`` is the error that prevented the libraries that the target lacks from being packaged,
    and that a deploy would raise. If the host did not respond, its default limits are used or the
    check is skipped. The host checks all limits again during the upload.
    """
    rows = [
        *([_host(target)] if target.error else []),
        *([_kinds(target)] if target.info is not None and not target.info.told else []),
        _name(record, bundle),
        _size(bundle, target),
        _memory(record, bundle, target),
        _timeout(record, target),
        *runtime_checks(record, bundle, target),
        *requirements_checks(record, bundle, target, unfit),
        *composition_checks(bundle, target),
        _parameters(record, target),
        _secrets(bundle),
        *variable_checks(record, bundle),
        credentials_check(bundle),
    ]
    return Preflight(
        target.name,
        target.label,
        tuple(row for row in rows if row is not None),
        bundle=bundle.sha256,
        sent=sent_bytes(len(bundle.data)),
    )


def _name(record: PackageRecord, bundle: Bundle) -> Check | None:
    """Return the name of an action whose function has a name that OpenWhisk does not allow."""
    name, handler = record.name.rpartition("/")[2], bundle.manifest.handler
    if handler.isascii() or action_name(handler) != name:
        return None
    return Check("Name", name, f"for {handler}: OpenWhisk does not allow letters outside A to Z")


def _host(target: TargetCapabilities) -> Check:
    return Check(
        "Host",
        "no response",
        "the host checks kinds and limits when you deploy",
        warn=True,
        unknown=True,
        says=target.error.rstrip("."),
    )


def _kinds(target: TargetCapabilities) -> Check:
    title = profile_of(target.profile).title
    return Check(
        "Host",
        "does not list its kinds",
        f"the documented kinds of {title} are assumed",
        warn=True,
        says=f"{target.label} does not list its kinds, so the documented kinds of {title} are "
        "assumed",
        hint=""
        if target.profile != OPENWHISK
        else f"If the host is not Apache OpenWhisk, run %faas target remove {target.name}, and add "
        f"it again with --profile and one of {_OTHER_PROFILES}.",
    )


def _size(bundle: Bundle, target: TargetCapabilities) -> Check:
    sent, most = sent_bytes(len(bundle.data)), target.limits.max_code_bytes
    fits = sent <= most
    assumed = fits and not target.limits_known
    return Check(
        "Package size",
        text.size(sent),
        _assumed(target, f"{most // _MB} MB") if assumed else f"of {most // _MB} MB when sent",
        ok=fits,
        unknown=assumed,
        says=""
        if fits
        else f"the package is {text.size(sent)} when sent, but the limit is {most // _MB} MB",
        hint="" if fits else smaller_hint(bundle, most, target.name),
        parts=tuple((name, text.size(size)) for name, size in dependency_sizes(bundle)),
    )


def _memory(record: PackageRecord, bundle: Bundle, target: TargetCapabilities) -> Check:
    value, limits = f"{record.memory_mb:,} MB", target.limits
    # Operators of Apache OpenWhisk set their own memory limits, so its defaults are unreliable.
    if not target.limits_known:
        return Check("Memory", value, NOT_CHECKED, unknown=True, says=_unlisted(target))
    least, most = limits.min_memory, limits.max_memory
    note = f"{least:,} – {most:,} MB allowed"
    if least <= record.memory_mb <= most:
        return _memory_to_start(record, bundle, target, note)
    nearest = min(max(record.memory_mb, least), most)
    return Check(
        "Memory",
        value,
        note,
        ok=False,
        says=f"the memory is {value}, but must be {least:,} to {most:,} MB",
        fix=f"--memory {nearest}",
    )


def _assumed(target: TargetCapabilities, most: str) -> str:
    """Return the note of a row whose limit is OpenWhisk's default, which an operator may change."""
    why = NOT_CHECKED if target.error else "the host does not report its limit"
    return f"{why}; most hosts allow {most}"


def _unlisted(target: TargetCapabilities) -> str:
    """Return why a limit is not known, or an empty string if the row of the host says it."""
    return "" if target.error else f"{target.label} does not list its memory limits"


def _memory_to_start(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities, note: str
) -> Check:
    """Compare the memory with what a cold start takes, in a container on a host."""
    value = f"{record.memory_mb:,} MB"
    # The playground's workers read the package from the disk, and no image is known that well.
    if target.name == PLAYGROUND or record.image:
        return Check("Memory", value, note)
    needed = memory_to_start(bundle)
    if needed <= record.memory_mb:
        return Check("Memory", value, f"{note}; a start needs about {needed:,} MB")
    # A quarter is added, because an activation that runs out of memory does not say so.
    wanted = -(-needed * 5 // 4 // 128) * 128
    most = target.limits.max_memory
    return Check(
        "Memory",
        value,
        f"{note}; a start needs about {needed:,} MB",
        warn=True,
        says=f"a start needs about {needed:,} MB to receive and unpack the package, but the "
        f"function has {value}",
        hint="" if needed <= most else smaller_hint(bundle, sent_within(most), target.name),
        fix=f"--memory {min(wanted, most)}" if most > record.memory_mb else "",
    )


def _timeout(record: PackageRecord, target: TargetCapabilities) -> Check | None:
    value, limits = text.duration(record.timeout_ms), target.limits
    if target.limits_known and not limits.min_timeout <= record.timeout_ms <= limits.max_timeout:
        least, most = text.duration(limits.min_timeout), text.duration(limits.max_timeout)
        nearest = min(max(record.timeout_ms, limits.min_timeout), limits.max_timeout)
        return Check(
            "Timeout",
            value,
            f"{least} – {most} allowed",
            ok=False,
            says=f"the timeout is {value}, but must be {least} to {most}",
            fix=f"--timeout {_seconds(nearest)}",
        )
    return None


def _seconds(ms: int) -> str:
    return str(ms // 1000) if ms % 1000 == 0 else f"{ms}ms"


def _parameters(record: PackageRecord, target: TargetCapabilities) -> Check | None:
    """Check the size of the preset parameters, because the parameters of calls are unknown.

    Return None if there are no preset parameters.
    """
    if not record.parameters:
        return None
    most = target.limits.max_parameter_bytes
    # OpenWhisk measures the size of parameters as compact JSON.
    count = len(_compact(record.parameters))
    assumed = count <= most and not target.limits_known
    largest = max(
        record.parameters, key=lambda name: len(_compact({name: record.parameters[name]}))
    )
    return Check(
        "Payload",
        text.size(count),
        _assumed(target, f"{most // _MB} MB")
        if assumed
        else f"of {most // _MB} MB for the preset parameters and the parameters of a call",
        ok=count <= most,
        unknown=assumed,
        says=""
        if count <= most
        else f"the preset parameters are {text.size(count)}, but the limit is {most // _MB} MB",
        hint=""
        if count <= most
        else f"Set the variable {largest} in a cell above, and leave --param {largest}=… and the "
        f"parameter {largest} out. The package then contains the value.",
    )


def _secrets(bundle: Bundle) -> Check | None:
    """Return a row with the names of the secrets, or None if there are none."""
    names = bundle.manifest.secrets
    if not names:
        return None
    word = "Secret" if len(names) == 1 else "Secrets"
    return Check(word, ", ".join(names), "set when you deploy")


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def composition_checks(bundle: Bundle, target: TargetCapabilities) -> Iterator[Check]:
    """Check a composition's conductor, its minimum number of calls, and the size of its graph.

    Yields nothing for a function.
    """
    from jupyter_faas.composer import javascript_functions, least_calls, parse
    from jupyter_faas.composer.messages import PART_HINT
    from jupyter_faas.composer.nodes import SHAPES

    document = composition_of(bundle)
    if document is None:
        return
    node = parse(document["ast"])
    if not can_run(bundle):
        # Our conductor runs Python only. JavaScript functions need the conductor of npm Composer.
        yield _no_conductor([f"root{path}" for path in javascript_functions(node)])
    profile = profile_of(target.profile)
    # OpenWhisk itself calls the other components, without the key.
    spawning = sorted({each.type for _, each in node.walk()} & _SPAWNING)
    if spawning and not profile.provides_api_key:
        names = " and ".join(SHAPES[each].word for each in spawning)
        yield Check(
            "API key",
            "may be missing",
            f"{names} {'need' if len(spawning) > 1 else 'needs'} it to start branches",
            warn=True,
            says=f"{profile.title} may not pass the API key to the composition, which needs it for "
            f"{names}",
        )
    # OpenWhisk aborts a session that calls more actions than a sequence may contain.
    least, most = least_calls(node), target.limits.max_sequence_length
    fits = least <= most
    assumed = fits and not target.limits_known
    yield Check(
        "Components",
        f"at least {least}",
        _assumed(target, f"{most} in one session") if assumed else f"of {most} in one session",
        ok=fits,
        unknown=assumed,
        says="" if fits else f"it calls at least {least} actions, but the limit is {most}",
        hint=""
        if fits
        else "Put some of the calls into a branch, which is a separate session: "
        "parallel(sequence(…)), lambda p: p['value'][0]",
    )
    # The graph is stored in the annotation ``conductor``, so the size limit of annotations applies.
    count, most = len(json.dumps(document["ast"]).encode()), target.limits.max_annotation_bytes
    if count > most:
        yield Check(
            "Graph",
            text.size(count),
            f"the limit for annotations is {most // _MB} MB",
            ok=False,
            says=f"its graph is {text.size(count)}, but the limit is {most // _MB} MB",
            hint=PART_HINT,
        )


def _no_conductor(places: list[str]) -> Check:
    are, them, functions = ("are JavaScript functions", "them", "these functions")
    if len(places) == 1:
        are, them, functions = ("is a JavaScript function", "it", "this function")
    return Check(
        "Conductor",
        "none",
        "JavaScript functions need npm Composer",
        ok=False,
        says=f"{', '.join(places)} {are}, but npm Composer, which runs {them}, is not installed",
        hint=f"Install npm Composer next to the notebook ({INSTALL}) and run the cell again, or "
        f"write {functions} in Python.",
    )


def model_checks(
    record: PackageRecord,
    models: Sequence[StoredModel],
    store: ModelStoreSetting | None,
    target: str,
) -> Iterator[Check]:
    """Check that the target has a model store and that there is enough memory to load the models.

    ``models`` are the models that are stored outside the package. ``target`` is the target's name.
    """
    for model in models:
        yield Check(
            "Model" if len(models) == 1 else f"Model {model.name}",
            text.size(model.size),
            f"→ {store.words}" if store else "this target has no model store",
            ok=store is not None,
            says="" if store else f"the target has no model store for {model.name}",
            hint="" if store else model_store_hint(target),
        )
    needed = memory_for(sum(model.size for model in models)) if models else 0
    if record.memory_mb < needed:
        yield Check(
            "Memory for models",
            f"{record.memory_mb:,} MB",
            f"loading needs about {needed:,} MB: --memory {needed}",
            # This check only warns, because the estimate may be too high.
            warn=True,
            says=f"the memory is {record.memory_mb:,} MB, but the models need about {needed:,} MB",
            fix=f"--memory {needed}",
        )
