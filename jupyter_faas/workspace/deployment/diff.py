"""Compare two packages or deployed versions, part by part, as unified diffs."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import COMPOSITION, COMPOSITION_CELL, SHIPPED_FILES, Bundle
from jupyter_faas.errors import BundleDamaged, PackageNotFound
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.whisk.names import FullName
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deployment.remote_state import (
    annotated_by_user,
    bundle_of,
    code_bytes,
)
from jupyter_faas.workspace.model_stores.upload import own_parameters, secret_names

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord, PackageRecord
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.deployment.service import DeploymentService


# Source files are shown in this order: the notebook's own source first, then captured source.
_SOURCES = ("function.py", COMPOSITION_CELL, COMPOSITION, "captured.py")
MANIFEST = "manifest.json"
# These members of the zip are not compared as files, because requirements and manifest are separate
# parts.
_TOLD = frozenset({"requirements.txt", MANIFEST})
_CONTEXT = 3
# With this many context lines, lists of facts are shown completely, because they are short.
_WHOLE = 1000


@dataclass(frozen=True)
class Part:
    """The differences in one part of a package.

    ``kind`` is source, model, data, requirements, parameters, annotations, limits, glue or
    manifest. ``lines`` is a unified diff, starting at its first ``@@`` line.
    """

    kind: str
    title: str
    lines: tuple[str, ...]

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``parts`` in diff.json."""
        return {
            "kind": self.kind,
            "title": self.title,
            "added": self.added,
            "removed": self.removed,
            "lines": list(self.lines),
        }


@dataclass(frozen=True)
class Difference:
    """The differences between two packages or deployed versions.

    If ``parts`` is empty, they are the same.
    """

    name: str
    target_label: str
    old: Side
    new: Side
    parts: tuple[Part, ...]

    @property
    def same(self) -> bool:
        return not self.parts

    def to_json(self) -> dict[str, Any]:
        """Return diff.json."""
        return {
            "name": self.name,
            "target_label": self.target_label,
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "same": self.same,
            "parts": [part.to_json() for part in self.parts],
        }

    def lines(self) -> tuple[str, ...]:
        """Return one unified diff of all parts."""
        if self.same:
            return (f"{self.name}: {self.new.words} is the same as {self.old.words}.",)
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        for part in self.parts:
            yield f"--- {part.title} ({self.old.label})"
            yield f"+++ {part.title} ({self.new.label})"
            yield from part.lines

    def __str__(self) -> str:
        return "\n".join(self.lines())


def compare(name: str, target_label: str, old: Side, new: Side) -> Difference:
    """Return the difference between two sides, without the values of parameters.

    The values are omitted because they may be secrets.
    """
    parts = tuple(part for part in _parts(old, new) if part.lines)
    # If the bundles differ although no part does, the difference is in the manifest.
    if not parts and old.bundle != new.bundle:
        lines = _diff(_source(old, MANIFEST), _source(new, MANIFEST), _CONTEXT)
        parts = (Part("manifest", MANIFEST, lines),)
    return Difference(name, target_label, old, new, parts)


def _parts(old: Side, new: Side) -> Iterator[Part]:
    # The files of wheels are named as requirements, not one by one: there are thousands.
    paths = sorted({*old.own_paths, *new.own_paths} - _TOLD, key=_source_first)
    for path in (path for path in paths if _is_source(path)):
        yield Part("source", path, _diff(_source(old, path), _source(new, path), _CONTEXT))
    models = dict.fromkeys([*_models(old), *_models(new)])
    for model in models:
        yield Part("model", model, _diff(_models(old).get(model, []), _models(new).get(model, [])))
    yield Part("data", "files", _diff(_data(old, paths), _data(new, paths)))
    yield Part("requirements", "requirements", _diff(_requirements(old), _requirements(new)))
    yield Part("parameters", "parameters", _parameters(old.parameters, new.parameters))
    yield Part("parameters", "secrets", _diff([*old.secrets], [*new.secrets]))
    yield Part("annotations", "annotations", _diff(_annotations(old), _annotations(new)))
    yield Part("limits", "limits", _diff(_limits(old), _limits(new)))
    both = sorted(SHIPPED_FILES & old.contents.keys() & new.contents.keys())
    yield Part("glue", "jupyter_faas's own files", _diff(_held(old, both), _held(new, both)))


def _source_first(path: str) -> tuple[int, str]:
    return (_SOURCES.index(path) if path in _SOURCES else len(_SOURCES), path)


def _is_source(path: str) -> bool:
    return (path.endswith(".py") and path not in SHIPPED_FILES) or path == COMPOSITION


def _source(side: Side, path: str) -> list[str]:
    # An included file may have another encoding, which must not make the diff fail.
    written = side.contents.get(path, b"").decode("utf-8", "replace")
    return (_graph(written) if path == COMPOSITION else written).splitlines()


def _graph(written: str) -> str:
    """Return the syntax tree in composition.json, from which the rest of the file is derived.

    Text in another format is returned unchanged.
    """
    try:
        return json.dumps(json.loads(written)["ast"], ensure_ascii=False, indent=1)
    except (ValueError, KeyError, TypeError, RecursionError):
        return written


def _models(side: Side) -> dict[str, list[str]]:
    """Return the facts about each model, one per line, followed by the hashes of its files."""
    facts = side.package.manifest.models if side.package else ()
    return {str(one.get("name")): list(_model(one, side)) for one in facts}


def _model(facts: Mapping[str, Any], side: Side) -> Iterator[str]:
    for key, value in facts.items():
        if key == "parity" and isinstance(value, Mapping):
            rows = f"{value.get('labels_agree')} of {value.get('labels_total')} labels"
            accepted = ", differences accepted" if value.get("accepted") else ""
            yield f"parity: {rows}, max difference {value.get('max_difference')}{accepted}"
        elif key not in ("name", "size") and value not in (None, [], ""):
            yield f"{key}: {value if isinstance(value, str) else _json(value)}"
    name = str(facts.get("name"))
    for path, data in side.contents.items():
        if path.startswith(f"models/{name}.") and not path.endswith(".json"):
            yield f"{path}: {_fingerprint(data)}"


def _data(side: Side, paths: list[str]) -> list[str]:
    """Return the hashes of files that are not shown as text, such as arrays and included files."""
    told = {path for path in paths if _is_source(path)} | SHIPPED_FILES
    # Model files are in other parts. Without models, the prefix is ``\0``, which does not match any
    # path.
    modelled = tuple(f"models/{name}." for name in _models(side))
    plain = (path for path in paths if path not in told and not path.startswith(modelled or "\0"))
    return _held(side, plain)


def _held(side: Side, paths: Iterable[str]) -> list[str]:
    held = (path for path in paths if path in side.contents)
    return [f"{path}: {_fingerprint(side.contents[path])}" for path in held]


def _fingerprint(data: bytes) -> str:
    return f"{text.size(len(data))}, sha256 {hashlib.sha256(data).hexdigest()[:12]}"


def _requirements(side: Side) -> list[str]:
    listed = side.contents.get("requirements.txt", b"").decode("utf-8", "replace").splitlines()
    travelling = {f"{owner} in the package" for owner in side.vendored.values()}
    return sorted((*(line for line in listed if line.strip()), *travelling), key=str.lower)


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    lines: list[str] = []
    for key in sorted({*old, *new}):
        if key in old and key in new and _json(old[key]) == _json(new[key]):
            continue
        both = key in old and key in new
        lines += [f"-{key} = (hidden)"] if key in old else []
        lines += [f"+{key} = (hidden{', a different value' if both else ''})"] if key in new else []
    return ("@@ values are not shown @@", *lines) if lines else ()


def _annotations(side: Side) -> list[str]:
    return [f"{key} = {_json(value)}" for key, value in sorted(side.annotations.items())]


def _limits(side: Side) -> list[str]:
    lines = [f"memory: {side.memory_mb:,} MB", f"timeout: {side.timeout_ms / 1000:g} s"]
    # The kind is left out for an action in an image, because it is always blackbox.
    lines.append(f"image: {side.image}" if side.image else f"kind: {side.kind}")
    return lines + ([f"python: {side.package.manifest.python}"] if side.package else [])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _diff(old: list[str], new: list[str], context: int = _WHOLE) -> tuple[str, ...]:
    found = difflib.unified_diff(old, new, lineterm="", n=context)
    # The first two lines are file headers, which Difference.lines writes itself.
    return tuple(found)[2:]


_FOREIGN_SOURCE = "function.py"


@dataclass(frozen=True)
class Side:
    """One side of a diff: a package with the settings of its deploy.

    ``label`` describes the side, such as ``deployed 0.0.7``. ``package`` is None for an action from
    another tool, whose code is in ``contents`` if it is text. ``parameters`` may contain
    confidential values. ``secrets`` are the names of secrets. ``phrase`` names the side in a
    sentence, or is empty if the label does.
    """

    label: str
    version: str | None
    bundle: str | None
    package: Bundle | None
    contents: Mapping[str, bytes]
    kind: str
    memory_mb: int
    timeout_ms: int
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    image: str = ""
    secrets: tuple[str, ...] = ()
    phrase: str = ""

    @property
    def words(self) -> str:
        """The side in a sentence, such as ``the deployed version 0.0.7``."""
        return self.phrase or self.label

    @cached_property
    def vendored(self) -> dict[str, str]:
        """The distribution (``numpy 2.4.6``) of each path that is from a wheel."""
        return self.package.manifest.vendored_owners() if self.package else {}

    @cached_property
    def own_paths(self) -> set[str]:
        """The paths of the members that are not from wheels."""
        if self.package is None:
            return set(self.contents)
        owner_of = self.package.manifest.owner_of
        return {path for path in self.contents if owner_of(path) is None}

    def to_json(self) -> dict[str, Any]:
        """Return this side's entry in diff.json."""
        return {"label": self.label, "version": self.version, "bundle": self.bundle}


def packaged_side(
    record: PackageRecord,
    bundle: Bundle,
    label: str,
    version: str | None = None,
    *,
    phrase: str = "",
) -> Side:
    """Return the side for a stored package, with the settings of its record."""
    return Side(
        label=label,
        version=version,
        bundle=record.bundle,
        package=bundle,
        contents=bundle.contents(),
        kind=record.kind,
        memory_mb=record.memory_mb,
        timeout_ms=record.timeout_ms,
        parameters=record.parameters,
        annotations=record.annotations,
        image=record.image,
        secrets=bundle.manifest.secrets,
        phrase=phrase,
    )


def deployed_side(name: str, client: Client) -> Side:
    """Return the side for the deployed action, including its code. Raises ActionNotFound.

    The code is downloaded, because the annotation with its sha256 is not reliable. ``wsk action
    update`` replaces the code but keeps the annotation.
    """
    whole = client.get_action(name, code=True)
    bundle = _bundle(whole)
    code = whole.exec.code
    text = {_FOREIGN_SOURCE: code.encode()} if code and not whole.exec.binary else {}
    annotations = as_dict(whole.annotations)
    return Side(
        label=f"deployed {whole.version}",
        phrase=f"the deployed version {whole.version}",
        version=whole.version,
        bundle=bundle.sha256 if bundle else bundle_of(whole),
        package=bundle,
        contents=bundle.contents() if bundle else text,
        kind=whole.exec.kind,
        memory_mb=whole.limits.memory,
        timeout_ms=whole.limits.timeout,
        parameters=own_parameters(whole),
        annotations={key: annotations.get(key) for key in sorted(annotated_by_user(whole))},
        image=(whole.exec.image or "").removeprefix("docker.io/"),
        secrets=secret_names(whole),
    )


def _bundle(action: Action) -> Bundle | None:
    data = code_bytes(action)
    try:
        return None if data is None else Bundle.from_bytes(data)
    except BundleDamaged:
        return None


def diff(
    deploys: DeploymentService,
    name: str,
    *,
    package: str | None = None,
    old: str | None = None,
    new: str | None = None,
) -> Difference:
    """Return the difference between two versions of a function.

    By default, ``old`` is the deployed action and ``new`` is the notebook's cell, so the result is
    what a deploy would change. Each of them may be a version, an alias or the beginning of a sha256
    instead.
    ``package`` is the id of the cell's package. Without it, the latest package of that name is
    used. Raises ActionNotFound, PackageNotFound, and InputError for an unknown version.
    """
    connection = deploys.connect(start=True)
    label = connection.client.target.label
    local = FullName.parse(name, default_namespace=connection.own_namespace()).local
    before = (
        deployed_side(local, connection.client)
        if old is None
        else _recorded(deploys, deploys.resolve(connection, name, old))
    )
    after = (
        _cell(deploys, local, package)
        if new is None
        else _recorded(deploys, deploys.resolve(connection, name, new))
    )
    return compare(local, label, before, after)


def _recorded(deploys: DeploymentService, found: DeployRecord) -> Side:
    record = deploys.store.get_package(found.package)
    bundle = deploys.store.get(record.bundle)
    return packaged_side(record, bundle, f"version {found.version}", found.version)


def _cell(deploys: DeploymentService, name: str, package: str | None) -> Side:
    if package is not None:
        record, label = deploys.store.get_package(package), "this notebook"
        phrase = "the cell in this notebook"
    else:
        latest = deploys.store.latest_package(name)
        if latest is None:
            raise PackageNotFound(
                f"{name} has not been packaged on this machine.",
                hint="Run its %%function or %%composition cell, or compare two versions with "
                "--from and --to.",
            )
        record = latest
        source = f" from {latest.notebook}" if latest.notebook else ""
        label = f"cell packaged {text.moment(latest.created)}{source}"
        phrase = f"the {label}"
    return packaged_side(record, deploys.store.get(record.bundle), label, phrase=phrase)
