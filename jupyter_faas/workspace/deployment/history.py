"""The deploy history of a function, the names of its versions, and the choice of a version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.workspace import text

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord, VersionAlias

_SHA256_PART = re.compile(r"[0-9a-f]{6,64}")
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LIKE_A_VERSION = re.compile(r"[vV]\d+")


@dataclass(frozen=True)
class Deploy:
    """One deploy in a history.

    ``current`` is true if the target has this deploy now. ``available`` is true if the package is
    stored on this machine. ``aliases`` are the names that the user gave to the version.
    """

    record: DeployRecord
    current: bool
    available: bool
    aliases: tuple[str, ...] = ()

    def notes(self) -> str:
        """Return remarks about the deploy, such as ``champion, back to 0.0.1``."""
        back = f"back to {self.record.rollback_to}" if self.record.rollback_to else ""
        deleted = "" if self.available else "package deleted"
        return ", ".join(filter(None, [*self.aliases, back, deleted]))

    def to_json(self) -> dict[str, Any]:
        """Return the deploy as JSON data, as one entry of ``tests/data/api/history.json``."""
        record = self.record
        return {
            "version": record.version,
            "bundle": record.bundle,
            "package": record.package,
            "size": record.size,
            "deployed": record.deployed,
            "user": record.user,
            "notebook": record.notebook,
            "cell_id": record.cell_id,
            "commit": record.commit,
            "rollback_to": record.rollback_to,
            "current": self.current,
            "available": self.available,
            "aliases": list(self.aliases),
        }


@dataclass(frozen=True)
class RemoteVersion:
    """The action that the target has now.

    ``ours`` is true if the action is unchanged since the last deploy from this machine.
    ``packaged`` is the SHA-256 of the bundle that the cell made, if ``bundle`` is an adapted copy.
    """

    version: str
    bundle: str | None
    updated: int
    ours: bool
    packaged: str | None = None

    def to_json(self) -> dict[str, Any]:
        shown = {
            "version": self.version,
            "bundle": self.bundle,
            "updated": self.updated,
            "ours": self.ours,
        }
        return {**shown, "packaged": self.packaged} if self.packaged else shown


@dataclass(frozen=True)
class History:
    """The deploys of a function from this machine, the latest first.

    ``known`` is false if the target did not answer. ``back_to`` is the version that a rollback
    restores by default, or None.
    """

    name: str
    namespace: str
    target: str
    target_label: str
    known: bool
    deployed: RemoteVersion | None
    back_to: str | None
    deploys: tuple[Deploy, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON data, as in ``tests/data/api/history.json``."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "target": self.target,
            "target_label": self.target_label,
            "known": self.known,
            "deployed": None if self.deployed is None else self.deployed.to_json(),
            "back_to": self.back_to,
            "deploys": [each.to_json() for each in self.deploys],
        }

    def lines(self) -> tuple[str, ...]:
        """Return the table and the remarks as lines of text."""
        head = ("", "VERSION", "DEPLOYED", "BY", "NOTEBOOK", "COMMIT", "PACKAGE", "")
        rows = [_row(each) for each in self.deploys]
        return (*(text.table(head, rows) if rows else ()), *self.remarks())

    def remarks(self) -> tuple[str, ...]:
        """Return sentences about the target and the versions."""
        return tuple(_remarks(self))

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _remarks(history: History) -> Iterator[str]:
    name, label, now = history.name, history.target_label, history.deployed
    if not history.deploys:
        yield f"{name} has never been deployed to {label} from this machine."
    if not history.known:
        yield f"{label} is not responding, so the deployed version is unknown."
    elif now is None:
        yield f"{name} is not on {label} at the moment."
    elif not now.ours:
        when = text.moment(now.updated or None)
        yield (
            f"{label} has version {now.version} ({when}), which was not deployed from this machine."
        )
    if history.back_to is not None:
        yield f"To restore version {history.back_to}: %faas rollback {name}"


def _row(deploy: Deploy) -> tuple[str, ...]:
    record = deploy.record
    return (
        "*" if deploy.current else "",
        record.version,
        text.moment(record.deployed),
        record.user or text.MISSING,
        record.notebook or text.MISSING,
        short_commit(record.commit),
        record.bundle[:12],
        deploy.notes(),
    )


def short_commit(commit: str | None) -> str:
    """Return a short commit, such as ``1a2b3c4``, or ``1a2b3c4-dirty`` with local changes."""
    if commit is None:
        return text.MISSING
    sha, dirty, _ = commit.partition("-dirty")
    return sha[:7] + dirty


def previous_deploy(
    records: Sequence[DeployRecord], current: DeployRecord | None
) -> DeployRecord | None:
    """Return the deploy that a rollback restores by default, or None.

    This is the last deploy before ``current`` with a different package. If ``current`` is itself a
    rollback, it is the last one before the deploy that it restored, so that repeated rollbacks go
    further back. If ``current`` is None, our latest deploy is not on the target, so a rollback
    restores it. ``records`` are sorted latest first.
    """
    if current is None:
        return next(iter(records), None)
    return deploy_before(current, records[records.index(current) + 1 :])


def deploy_before(deploy: DeployRecord, earlier: Iterable[DeployRecord]) -> DeployRecord | None:
    """Return the deploy that a rollback from ``deploy`` restores by default, or None.

    ``earlier`` are the deploys before it, the latest first. Not more of them are read than needed.
    """
    restored, found = deploy, None
    for each in earlier:
        if _restores(restored, each):
            restored, found = each, None
        elif found is None and each.package != deploy.package:
            # Earlier deploys of the same package are skipped, because a rollback to them would not
            # change the action.
            found = each
        if found is not None and restored.rollback_to is None:
            break
    return found


def restored_deploy(records: Sequence[DeployRecord], deploy: DeployRecord) -> DeployRecord:
    """Return the deploy that a rollback restored, or ``deploy`` if it is not a rollback.

    A rollback may have restored a rollback. If the records do not contain what it restored, return
    the rollback itself.
    """
    for each in records[records.index(deploy) + 1 :]:
        if _restores(deploy, each):
            deploy = each
    return deploy


def nothing_before(
    name: str, label: str, records: Sequence[DeployRecord], current: DeployRecord
) -> InputError:
    """Return the error of a rollback if no deploy is before ``current``.

    The hint names the latest deploy of another package, if there is one. ``label`` is that of the
    target.
    """
    first = restored_deploy(records, current)
    others = (one for one in records if one.package != first.package)
    later = next((one.version for one in others if not one.rollback_to), None)
    return InputError(
        f"No version of {name} before {first.version} was deployed to {label}.",
        hint=f"To return to version {later}: %faas rollback {name} --to {later}"
        if later
        else f"To list its deploys: %faas history {name}",
    )


def _restores(rollback: DeployRecord, earlier: DeployRecord) -> bool:
    return rollback.rollback_to == earlier.version and rollback.package == earlier.package


def resolve_version(
    records: Sequence[DeployRecord],
    asked: str,
    name: str,
    aliases: Sequence[VersionAlias] = (),
    *,
    elsewhere: bool = False,
) -> DeployRecord:
    """Return the deploy that the user's word ``asked`` identifies.

    ``asked`` is an alias (``champion``), a version (``6``, ``v6``, ``0.0.6``) or the beginning of a
    package's sha256. ``elsewhere``: whether the target has the function although there are no
    ``records``. Raises InputError if no deploy matches or several packages do.
    """
    word = asked.strip().lower()
    for alias in aliases:
        if alias.name == asked.strip():
            return next(each for each in records if alias.names(each))
    found = [each for each in records if word in version_words(each.version)]
    if not found and _SHA256_PART.fullmatch(word):
        # A number such as 123456 could be a version or a sha256, so the version is tried first.
        found = [each for each in records if each.bundle.startswith(word)]
    if not found:
        raise InputError(
            f"No version {asked!r} of {name} was deployed from this machine.",
            hint=_known(records, aliases) if records else deploy_hint(name, elsewhere),
        )
    if len({each.package for each in found}) > 1:
        packages = ", ".join(dict.fromkeys(each.bundle[:12] for each in found))
        raise InputError(
            f"{asked!r} matches several packages of {name}.",
            hint=f"Use the beginning of a sha256 instead: {packages}.",
        )
    return found[0]


def deploy_hint(name: str, elsewhere: bool) -> str:
    """Return the hint for a function without a deploy from this machine.

    ``elsewhere``: whether the target has it, so that a deploy has to overwrite it.
    """
    force = " --force" if elsewhere else ""
    return f"To deploy the version of its cell from this machine: %faas deploy {name}{force}"


def version_words(version: str) -> set[str]:
    """Return all spellings of a version. For ``0.0.6``, these include ``6`` and ``v6``."""
    short = version.removeprefix("0.0.")
    return {version, short, f"v{short}"}


def check_alias(alias: str) -> str:
    """Return ``alias`` if it can name a version.

    Raises InputError for other names, such as those that could also be a version or a sha256.
    """
    if not _ALIAS.fullmatch(alias):
        raise InputError(
            f"{alias!r} is not a valid alias.",
            hint="Use up to 64 letters, digits, - and _, beginning with a letter, such as "
            "champion.",
        )
    if _LIKE_A_VERSION.fullmatch(alias) or _SHA256_PART.fullmatch(alias):
        raise InputError(
            f"{alias!r} is not a valid alias, because it looks like a version or a sha256.",
            # A sha256 has 64 characters, as many as an alias may have.
            hint=f"Use another name: the-{alias[:12]}",
        )
    return alias


def _known(records: Sequence[DeployRecord], aliases: Sequence[VersionAlias]) -> str:
    named = f" Or one of its aliases: {', '.join(one.name for one in aliases)}." if aliases else ""
    return f"Use one of its versions: {_versions(records)}.{named}"


def _versions(records: Sequence[DeployRecord]) -> str:
    versions = list(dict.fromkeys(each.version for each in records))
    more = ", …" if len(versions) > 8 else ""
    return ", ".join(versions[:8]) + more
