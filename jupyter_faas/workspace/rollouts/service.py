"""RolloutService: deploys versions of a function beside it, compares them, and replaces it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_faas.errors import (
    ActionNotFound,
    ActivationNotFound,
    InputError,
    PackageNotFound,
)
from jupyter_faas.whisk.entities import WEB_OPEN
from jupyter_faas.whisk.inputs import DEFAULT_LAST, KEEP_INPUTS
from jupyter_faas.whisk.profiles import profile_of
from jupyter_faas.whisk.variants import SHADOW_OF, VARIANT, Role, Variant
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.deployment.service import place_of
from jupyter_faas.workspace.functions import is_composition
from jupyter_faas.workspace.naming import check_parameter_names
from jupyter_faas.workspace.replay.inputs import ReplayService, redacted
from jupyter_faas.workspace.replay.replay import on_target, replay
from jupyter_faas.workspace.results import Progress, Removal, silent
from jupyter_faas.workspace.rollouts.canary import CanaryReport
from jupyter_faas.workspace.rollouts.figures import VersionFigures
from jupyter_faas.workspace.rollouts.pairs import ReplayedPairs
from jupyter_faas.workspace.rollouts.router import Split
from jupyter_faas.workspace.rollouts.shadow import ShadowAnswer, ShadowReport
from jupyter_faas.workspace.targets.connection import Connect, Connection

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore, PackageRecord
    from jupyter_faas.client import Client, KeptInput
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.deployment.history import History
    from jupyter_faas.workspace.results import (
        ActivationRecord,
        ActivationSummary,
        Deployment,
    )

# Callers and agents must not find a version that is only compared.
_OF_CALLERS = frozenset({"web-export", "raw-http", "final", WEB_OPEN, "mcp:type"})
# The largest number of calls that one report compares, the latest ones.
_MOST_COMPARED = 200
# Adobe's host lists at most 50 activations.
_PAGE = 50


class Deploy(Protocol):
    """``Workspace.deploy``."""

    def __call__(
        self, package_id: str, *, force: bool = False, progress: Progress = silent
    ) -> Deployment: ...


@dataclass(frozen=True)
class RolloutService:
    """A service that deploys versions of a function beside it, on the current target.

    ``record`` returns the record of an activation, and ``invoke`` runs an action. ``history``,
    ``note_update`` and ``activations`` are those of the workspace and its deployments.
    """

    connect: Connect
    store: Callable[[], BundleStore]
    deploy: Deploy
    inputs: Callable[[], ReplayService]
    record: Callable[[str], ActivationRecord]
    invoke: Callable[..., ActivationRecord]
    data_dir: Path
    history: Callable[[str], History]
    note_update: Callable[[Action, Action], None]
    activations: Callable[..., list[ActivationSummary]]

    def deploy_dev(self, package_id: str, *, progress: Progress = silent) -> Deployment:
        """Deploy a package as ``NAME-dev``, and never as ``NAME``.

        The clean-room test is left out, because it would take longer than everything else. Raises
        InputError if ``NAME-dev`` is another function, and the errors of ``Workspace.deploy``.
        """
        return self._deploy_beside(package_id, "dev", progress, clean_room=False)

    def deploy_shadow(self, package_id: str, *, progress: Progress = silent) -> Deployment:
        """Deploy a package as ``NAME-shadow``, and send it the kept inputs of ``NAME``.

        ``shadow`` compares the answers. Raises InputError if ``NAME`` is not deployed, or if
        ``NAME-shadow`` is another function, and the errors of ``Workspace.deploy``.
        """
        name = self.store().get_package(package_id).name
        client = self.connect(start=True, progress=progress).client
        deployed = find_action(client, name)
        if deployed is None:
            raise InputError(
                f"{name} is not on {client.target.label}, so there is no version to compare with.",
                hint=f"Deploy it without --shadow first: %faas deploy {name}",
            )
        done = self._deploy_beside(package_id, "shadow", progress)
        self._send_kept_inputs(deployed, client.get_action(done.name), progress)
        return done

    def shadow(self, name: str) -> ShadowReport:
        """Compare the answers of a function and of its shadow.

        On the playground, live copies of calls are compared. On every target, the kept inputs that
        were sent when the shadow was deployed are. Raises ActionNotFound, and InputError if there
        is no shadow.
        """
        client = self.connect(start=True).client
        action = client.get_action(name)
        return self._shadow_report(client, action, self._variant(client, name, "shadow"))

    def _shadow_report(self, client: Client, action: Action, shadow: Action) -> ShadowReport:
        kept = self._kept(action)
        replayed = ReplayedPairs(self.data_dir).read(*self._key(client, shadow))
        live = dict(self._copies(client, shadow))
        answers = []
        for then_id, now_id in [*live.items(), *reversed(replayed.items())][:_MOST_COMPARED]:
            try:
                then, now = self.record(then_id), self.record(now_id)
            except ActivationNotFound:
                continue  # the host has deleted the record
            answers.append(ShadowAnswer(kept.get(then_id), then, now, then_id in live))
        return ShadowReport(
            name=action.full_name.local,
            version=action.version,
            shadow=shadow.full_name.local,
            shadow_version=shadow.version,
            answers=tuple(answers),
            redacted=sum(bool(redacted(each)) for each in kept.values()),
            copies=client.target.kind == "playground",
            has_canary=Split.read(action) is not None,
        )

    def reports(self, name: str) -> list[CanaryReport | ShadowReport]:
        """Return what there is to compare: the canary, the shadow, both or nothing.

        Like ``canary``, this stops a canary that fails too often. Raises ActionNotFound.
        """
        connection = self.connect()
        client = connection.client
        action = client.get_action(name)
        split, found = Split.read(action), list[CanaryReport | ShadowReport]()
        if split is not None:
            found.append(self._canary_report(connection, split))
        try:
            shadow = self._variant(client, name, "shadow")
        except InputError:
            return found  # there is no shadow
        return [*found, self._shadow_report(client, action, shadow)]

    def promote(self, name: str, *, progress: Progress = silent) -> Deployment:
        """Deploy the new version, which is the canary or else the shadow, as the function.

        The versions beside it are removed. Raises InputError if there are none, PackageNotFound if
        another machine deployed them, and the errors of ``Workspace.deploy``.
        """
        client = self.connect(start=True, progress=progress).client
        split = self._split(client, name)
        if split is None:
            action = self._variant(client, name, "shadow")
            variant = Variant.read(action)
            package = "" if variant is None else variant.package
        else:
            package = split.canary
        self._require(package, name)
        # A canary replaces the router, which a deploy without ``force`` would refuse. That deploy
        # also removes the two versions behind the router.
        done = self.deploy(package, force=split is not None, progress=progress)
        if split is None:
            with suppress(ActionNotFound):
                client.delete_action(Variant("shadow", name).name)
        return done

    def discard(self, name: str, *, progress: Progress = silent) -> Removal:
        """Remove the new version, which is the canary or else the shadow.

        The function is what it was before. The result names the removed version, and warns if a
        version of a canary could not be removed. Raises InputError if there is no new version, and
        as ``promote`` does.
        """
        client = self.connect(start=True).client
        split = self._split(client, name)
        if split is None:
            shadow = self._variant(client, name, "shadow").full_name.local
            client.delete_action(shadow)
            return Removal((shadow,))
        self._require(split.package, name)
        done = self.deploy(split.package, force=True, progress=progress)
        canary = Variant("canary", name).name
        return Removal(tuple(one for one in done.removed if one == canary), done.warning)

    def deploy_canary(
        self,
        package_id: str,
        percent: float,
        *,
        sticky: str | None = None,
        rollback_at: float | None = None,
        progress: Progress = silent,
    ) -> Deployment:
        """Deploy a package as ``NAME-canary``, and give it ``percent`` of the calls of ``NAME``.

        ``NAME`` becomes a router, and its present version is deployed as ``NAME-stable``. With
        ``sticky``, the value of this parameter decides which version a call gets. If more than
        ``rollback_at`` percent of the canary's calls fail, it gets no more calls. A canary that is
        there is replaced, and its ``sticky`` and ``rollback_at`` apply unless others are given.
        Raises InputError if the host cannot divide calls, or ``NAME`` was not deployed from here,
        ParametersRejected if it does not take ``sticky``, and the errors of ``Workspace.deploy``.
        """
        record = self.store().get_package(package_id)
        name = record.name
        connection = self.connect(start=True, progress=progress)
        client = connection.client
        self._check_conductors(client, name)
        if sticky is not None:
            manifest = self.store().get(record.bundle).manifest
            check_parameter_names(name, manifest.schema, [sticky], manifest.signature or "")
        before = Split.read(client.get_action(name))
        if before is not None:
            # A limit that is lost when the share grows would not be missed before it is needed.
            sticky = before.sticky if sticky is None else sticky
            rollback_at = before.rollback_at if rollback_at is None else rollback_at
        package = self._stable_package(client, name)
        split = Split(name, percent, sticky, rollback_at, package, package_id)
        split.check()
        # The versions come first, so that every call finds the one that the router names.
        self._deploy_beside(package, "stable", progress, clean_room=False)
        done = self._deploy_beside(package_id, "canary", progress)
        progress(f"Dividing the calls to {name} between the two versions…")
        self._put_router(connection, split)
        return done

    def canary(self, name: str) -> CanaryReport:
        """Return how the two versions of a function do, and stop the canary if it fails too often.

        A canary is stopped if the share of its calls that failed exceeds the limit of the split.
        Raises ActionNotFound, and InputError if the calls of the function are not divided.
        """
        connection = self.connect(start=True)
        client = connection.client
        split = Split.read(client.get_action(name))
        if split is None:
            raise InputError(
                f"{name} does not have a canary on {client.target.label}.",
                hint=f"Deploy one: %faas deploy {name} --canary 10%",
            )
        return self._canary_report(connection, split)

    def _canary_report(self, connection: Connection, split: Split) -> CanaryReport:
        client, name = connection.client, split.name
        stable, whole = self._figures(client, name, "stable")
        canary, all_of_it = self._figures(client, name, "canary")
        found = CanaryReport(split, stable, canary, whole and all_of_it)
        reason = found.verdict()
        if reason:
            found = replace(found, split=split.stopped(reason))
            self._put_router(connection, found.split)
        return found

    def _check_conductors(self, client: Client, name: str) -> None:
        profile = profile_of(client.target.profile)
        if not profile.runs_conductors:
            raise InputError(
                f"{profile.title} does not support --canary.",
                hint="To compare the new version with the deployed one on the kept inputs: "
                f"%faas deploy {name} --shadow",
            )

    def _stable_package(self, client: Client, name: str) -> str:
        """Return the package id of the version that callers have now."""
        action = client.get_action(name)
        split = Split.read(action)
        if split is not None:
            return split.package
        current = (each.record.package for each in self.history(name).deploys if each.current)
        package = next(current, None)
        if package is None:
            raise InputError(
                f"The version of {name} on {client.target.label} was not deployed from this "
                "machine, so discard could not restore it.",
                hint="Run the cell with the code of that version, and deploy it from this machine: "
                f"%faas deploy {name} --force\nThen deploy the new version with --canary.",
            )
        return package

    def _put_router(self, connection: Connection, split: Split) -> None:
        client, info = connection.client, connection.host_info()
        before = client.get_action(split.name)
        stable = self._variant(client, split.name, "stable")
        # A web function's preset parameters are final: nobody may replace them.
        is_final = before.annotation("final") is True
        preset = [each.to_json() for each in stable.parameters if not each.init]
        namespace = connection.own_namespace()
        body = split.body(
            info, namespace, stable.exec.kind, before.limits.timeout, preset if is_final else ()
        )
        self.note_update(before, client.put_action(split.name, body))

    def _figures(self, client: Client, name: str, role: Role) -> tuple[VersionFigures, bool]:
        """Return the figures of a version's calls, and whether all calls were counted."""
        action = self._variant(client, name, role)
        path = action.full_name.local
        found: list[ActivationSummary] = []
        for skip in range(0, _MOST_COMPARED, _PAGE):
            page = self.activations(limit=_PAGE, skip=skip, name=path, since=action.updated)
            found += page
            if len(page) < _PAGE:
                break
        # The list has the rounds of a conductor too, which are parts of its sessions.
        calls = [each for each in found if each.has_parts] if is_composition(action) else found
        return VersionFigures.of(path, action.version, calls), len(found) < _MOST_COMPARED

    def _require(self, package: str, name: str) -> None:
        try:
            self.store().get_package(package)
        except PackageNotFound as error:
            raise PackageNotFound(
                f"The package that would be deployed as {name} is not on this machine.",
                hint=f"Run the cell of {name}, and deploy it: %faas deploy {name} --force",
            ) from error

    def _split(self, client: Client, name: str) -> Split | None:
        action = find_action(client, name)
        return None if action is None else Split.read(action)

    def _deploy_beside(
        self, package_id: str, role: Role, progress: Progress, **changes: Any
    ) -> Deployment:
        """Deploy a copy of a package record, whose zip is the same, under the variant's name."""
        record = self.store().get_package(package_id)
        variant = Variant(role, record.name, package_id)
        found = find_action(self.connect(start=True, progress=progress).client, variant.name)
        if found is not None and Variant.read(found) is None:
            raise InputError(
                f"{variant.name} is another function. A version of {record.name} cannot replace "
                "it.",
                hint=f"Give {record.name} another name, or remove the other function: "
                f"%faas remove {variant.name}",
            )
        annotations = _annotations(record, variant)
        copy = replace(record, name=variant.name, annotations=annotations, id="", **changes)
        return self.deploy(self.store().put_package(copy), force=True, progress=progress)

    def _variant(self, client: Client, name: str, role: Role) -> Action:
        """Return the action of a variant. Raises InputError if there is none."""
        found = find_action(client, Variant(role, name).name)
        variant = None if found is None else Variant.read(found)
        if found is None or variant is None or variant.role != role:
            option = "--shadow" if role == "shadow" else "--canary 10%"
            raise InputError(
                f"{name} does not have a {role} on {client.target.label}.",
                hint=f"Deploy one: %faas deploy {name} {option}",
            )
        return found

    def _send_kept_inputs(self, deployed: Action, shadow: Action, progress: Progress) -> None:
        found = [each for each in self._kept(deployed).values() if not redacted(each)]
        client, name = self.connect().client, shadow.full_name.local
        done = replay(
            name,
            found,
            given={},
            run=on_target(partial(self.invoke, name, replay=True)),
            where=name,
            memory_mb=shadow.limits.memory,
            record=self.record,
            progress=progress,
        )
        pairs = (
            (each.input.activation, each.now.activation)
            for each in reversed(done.rows)
            if each.now.activation is not None
        )
        ReplayedPairs(self.data_dir).add(pairs, *self._key(client, shadow))

    def _kept(self, action: Action) -> Mapping[str, KeptInput]:
        """Return the kept inputs of an action by activation id, the latest first."""
        try:
            found = self.inputs().latest(action, DEFAULT_LAST)
        except InputError:
            return {}  # its cell has --no-inputs
        return {each.activation: each for each in found}

    def _copies(self, client: Client, shadow: Action) -> Iterator[tuple[str, str]]:
        """Yield the id of each call that was copied and the id of the copy, the latest first."""
        if client.target.kind != "playground":
            return
        for skip in range(0, _MOST_COMPARED, _PAGE):
            page = client.list_activations(
                _PAGE, skip, name=shadow.full_name.local, since=shadow.updated
            )
            for each in page:
                then = each.annotation(SHADOW_OF)
                if isinstance(then, str) and each.version == shadow.version:
                    # Of a composition, the rounds of its conductor have the annotation.
                    yield then, each.cause or each.activation_id
            if len(page) < _PAGE:
                return

    def _key(self, client: Client, shadow: Action) -> tuple[str | int, ...]:
        place, name = place_of(client.target), shadow.full_name
        return place, name.namespace, name.local, shadow.updated


def _annotations(record: PackageRecord, variant: Variant) -> dict[str, Any]:
    """Return the annotations of a variant, which only ``dev`` shows to callers."""
    own = {VARIANT: variant.to_annotation()}
    if variant.role == "dev":
        return {**record.annotations, **own}
    shown = {key: each for key, each in record.annotations.items() if key not in _OF_CALLERS}
    return {**shown, **own, KEEP_INPUTS: False}
