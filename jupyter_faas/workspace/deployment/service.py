"""Deploy, roll back, and list deploys. Every deploy adds a record in the data directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.bundle import (
    BundleStore,
    DeployLog,
    DeployRecord,
    composition_of,
)
from jupyter_faas.errors import (
    ActionNotFound,
    BundleError,
    ChangedElsewhere,
    CleanRoomFailed,
    FaasError,
    InputError,
    TargetError,
    TargetNotReachable,
)
from jupyter_faas.telemetry import Attributes, process_telemetry
from jupyter_faas.whisk.names import FullName
from jupyter_faas.workspace.deployment.canary_removal import is_router, remove_versions, versions_of
from jupyter_faas.workspace.deployment.compositions import prepare
from jupyter_faas.workspace.deployment.history import (
    Deploy,
    History,
    RemoteVersion,
    deploy_before,
    deploy_hint,
    nothing_before,
    previous_deploy,
    resolve_version,
)
from jupyter_faas.workspace.deployment.plan import DeployPlan, plan_deploy
from jupyter_faas.workspace.deployment.remote_state import (
    RemoteAction,
    bundle_of,
    find_action,
    is_last_put,
)
from jupyter_faas.workspace.deployment.upload import upload
from jupyter_faas.workspace.functions import AUTH, web_access, web_url
from jupyter_faas.workspace.naming import matching_functions, named_error
from jupyter_faas.workspace.packaging.provenance import user_name
from jupyter_faas.workspace.preflight.variables import variables_warning
from jupyter_faas.workspace.results import DeployedFunction, Deployment, Progress

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.client import Client, Target
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.model_stores.upload import Placed
    from jupyter_faas.workspace.targets.connection import Connect, Connection


@dataclass(frozen=True)
class Put:
    """The facts about a deployed action that are saved in its deploy record."""

    namespace: str
    version: str
    size: int
    updated: int


def deploy_record(
    record: PackageRecord,
    target: Target,
    put: Put,
    deployed: int,
    user: str,
    rollback_to: str | None = None,
) -> DeployRecord:
    return DeployRecord(
        name=record.name,
        target=target.name,
        place=place_of(target),
        namespace=put.namespace,
        version=put.version,
        bundle=record.bundle,
        package=record.id,
        size=put.size,
        deployed=deployed,
        updated=put.updated,
        user=user,
        notebook=record.notebook,
        cell_id=record.cell_id,
        commit=record.commit,
        rollback_to=rollback_to,
        folder=record.folder,
    )


def place_of(target: Target) -> str:
    """Return the identity of a target in deploy records: its API host, or ``playground``.

    The playground's port may change, and a target's name may later be used for another host.
    """
    return target.kind if target.kind == "playground" else target.apihost


# What ``DeploymentService.check`` finds. Other errors, such as a host that is down, concern all
# functions and are raised at once. KindNotSupported and LimitOutOfRange are InputErrors.
_REFUSALS = (BundleError, ChangedElsewhere, InputError)

# This many records are read per function for the list of functions, which front ends refresh every
# few seconds. A rollback reads all records.
_RECORDS_READ = 50


@dataclass(frozen=True)
class DeploymentService:
    """A service that deploys packages from one data directory and keeps deploy records."""

    data_dir: Path
    store: BundleStore
    connect: Connect
    target_in_use: Callable[[], Target]
    place_models: Callable[[Bundle, Target, Progress, bool], Placed]
    test_package: Callable[[str, Progress], None]
    secrets: Callable[[Sequence[str]], Mapping[str, str]]
    now_ms: Callable[[], int]

    @property
    def log(self) -> DeployLog:
        return DeployLog(self.data_dir)

    def deploy(self, package_id: str, *, force: bool, progress: Progress) -> Deployment:
        """Deploy a package, unless the target already has it and ``force`` is false.

        With ``force``, changes that were made elsewhere are overwritten, and a canary ends: its two
        versions are removed. Raises CleanRoomFailed if the clean-room test fails. Raises
        ChangedElsewhere if ``force`` is false and the action was changed elsewhere, or belongs to
        another notebook.
        """
        record = self.store.get_package(package_id)
        connection = self.connect(start=True, progress=progress)
        attributes: Attributes = {
            "faas.name": record.name,
            "jupyter_faas.target": connection.client.target.name,
            "jupyter_faas.bundle": record.bundle,
        }
        with process_telemetry().span(f"deploy {record.name}", attributes=attributes) as span:
            done = self._deploy(record, connection, force, progress)
            span.set({"faas.version": done.version})
            return done

    def _deploy(
        self, record: PackageRecord, connection: Connection, force: bool, progress: Progress
    ) -> Deployment:
        # A rollback skips this test, because its package has already run on a target.
        try:
            self.test_package(record.id, progress)
        except CleanRoomFailed:
            # A missing value explains the failure better.
            self.secrets(self.store.get(record.bundle).manifest.secrets)
            raise
        try:
            return self._put(record, connection, force, progress)
        except TargetError as error:
            # A composition sends several actions, one of which the host may refuse.
            if composition_of(self.store.get(record.bundle)) is None:
                raise
            raise named_error(error, record.name) from error

    def check(self, package_ids: Iterable[str], *, force: bool = False) -> None:
        """Raise the error of a deploy that would fail, before the first of several deploys.

        A package may not fit the target, or overwrite a change that was made elsewhere, unless
        ``force`` is true. If several deploys would fail, the error has the class of the first one
        and lists all of them.
        """
        connection = self.connect(start=True)
        records = [self.store.get_package(each) for each in package_ids]
        problems: dict[str, FaasError] = {}
        for record in records:
            try:
                self._check(record, connection, force)
            except _REFUSALS as error:  # noqa: PERF203 - all errors are collected
                problems[record.name] = error
        if len(problems) == 1:
            raise next(iter(problems.values()))
        if problems:
            first = next(iter(problems.values()))
            words = "\n".join(f"- {name}: {each.message}" for name, each in problems.items())
            hints = dict.fromkeys(each.hint for each in problems.values() if each.hint)
            raise type(first)(
                f"{len(problems)} of {len(records)} functions cannot be deployed, so none were "
                f"deployed:\n{words}",
                hint="\n".join(hints),
            )

    def _check(self, record: PackageRecord, connection: Connection, force: bool) -> None:
        client, host = connection.client, place_of(connection.client.target)
        plan_deploy(record, self.store.get(record.bundle), connection).refuse()
        if force:
            return
        there = self._find(client, record.name, host, connection.own_namespace())
        if there is not None and is_router(there.action):
            raise _is_split(record.name, client.target.label)
        if there is None or bundle_of(there.action) == record.bundle:
            return  # at most settings differ, which ``deploy`` compares itself
        command = f"%faas deploy {record.name} --force"
        if not there.may_be_overwritten:
            raise there.changed_elsewhere(command)
        if origin := there.origin(record):
            raise there.of_another(origin, command)

    def note_update(self, before: Action, action: Action) -> None:
        """Record that this program gave a deployed action a new version with the same package.

        Without the record, the next deploy would report a change from elsewhere. Nothing is
        recorded if ``before``, the action until then, was already changed elsewhere.
        """
        connection = self.connect()
        target, namespace = connection.client.target, connection.own_namespace()
        last = next(self.log.of(place_of(target), namespace, action.full_name.local), None)
        if last is not None and is_last_put(before, last):
            noted = replace(
                last,
                version=action.version,
                updated=action.updated,
                deployed=self.now_ms(),
                rollback_to=None,
            )
            self.log.add(noted)

    def rollback(self, name: str, *, to: str | None, force: bool, progress: Progress) -> Deployment:
        """Deploy an earlier package again, with the same bytes and settings.

        The settings are kind, limits, parameters and annotations. ``to`` is a version, an alias or
        the beginning of a sha256. None means the previous package. Raises InputError if there is no
        such deploy, and ChangedElsewhere as ``deploy`` does.
        """
        connection = self.connect(start=True, progress=progress)
        name, namespace = local_name(name, connection)
        label = connection.client.target.label
        records = self._records(connection.client.target, namespace, name)
        if not records:
            raise InputError(
                f"{name} has never been deployed to {label} from this machine.",
                hint=deploy_hint(name, find_action(connection.client, name) is not None),
            )
        if to is None:
            current = current_record(records, find_action(connection.client, name))
            chosen = previous_deploy(records, current)
            if chosen is None:
                # Without a current deploy, the latest one is chosen.
                raise nothing_before(name, label, records, current or records[0])
        else:
            chosen = self.resolve(connection, name, to)
        record = self.store.get_package(chosen.package)
        return self._put(record, connection, force, progress, chosen.version)

    def history(self, name: str) -> History:
        """Return the deploys of a function, from records alone if the target does not answer.

        Raises ActionNotFound if the function is neither on the target nor in the records.
        """
        try:
            connection = self.connect()
            name, namespace = local_name(name, connection)
            action = find_action(connection.client, name)
            target, known = connection.client.target, True
        except TargetNotReachable:
            target, action, known = self.target_in_use(), None, False
            latest = self.log.latest(place_of(target))
            # Only the target knows the namespace of the API key, so the records are searched for a
            # namespace.
            found = [each.namespace for each in latest if each.name == name]
            namespace = target.namespace if target.namespace in found else (*found, "_")[0]
        records = self._records(target, namespace, name)
        if known and not records and action is None:
            deployed = {each.name for each in self.log.latest(place_of(target))}
            known_as = sorted(matching_functions(name, deployed))
            raise ActionNotFound(
                f"There is no function {name!r} on {target.label}, and none of this name has "
                "been deployed from this machine.",
                hint=f"Did you mean {' or '.join(known_as)}?" if known_as else "",
            )
        current = current_record(records, action) if known else next(iter(records), None)
        back_to = previous_deploy(records, current)
        aliases = self.log.aliases(place_of(target), namespace, name)
        return History(
            name=name,
            namespace=namespace,
            target=target.name,
            target_label=target.label,
            known=known,
            deployed=None if action is None else _remote_version(action, records),
            back_to=None if back_to is None else back_to.version,
            deploys=tuple(
                Deploy(
                    each,
                    known and each is current,
                    self.store.has(each.bundle),
                    tuple(alias.name for alias in aliases if alias.names(each)),
                )
                for each in records
            ),
        )

    def with_history(self, function: DeployedFunction, target: Target) -> DeployedFunction:
        """Return the function with facts from the latest deploy records."""
        found = self.log.of(place_of(target), function.namespace, function.name)
        records = islice(found, _RECORDS_READ)
        last = next(records, None)
        if last is None:
            return function
        if (last.version, last.bundle) != (function.version, function.bundle):
            return replace(function, back_to=last.version, elsewhere=True)
        earlier = deploy_before(last, records)
        return function if earlier is None else replace(function, back_to=earlier.version)

    def records_on(self, connection: Connection, name: str) -> list[DeployRecord]:
        """Return the records of one action, the latest first."""
        local, namespace = local_name(name, connection)
        return self._records(connection.client.target, namespace, local)

    def resolve(self, connection: Connection, name: str, asked: str) -> DeployRecord:
        """Return the deploy that a version, an alias or the beginning of a sha256 identifies.

        Raises InputError if no deploy matches or several packages do.
        """
        local, namespace = local_name(name, connection)
        place = place_of(connection.client.target)
        aliases = self.log.aliases(place, namespace, local)
        records = list(self.log.of(place, namespace, local))
        elsewhere = not records and find_action(connection.client, local) is not None
        return resolve_version(records, asked, local, aliases, elsewhere=elsewhere)

    def package_of(self, name: str, asked: str) -> str:
        """Return the package id of a deployed version, as ``resolve`` finds it."""
        return self.resolve(self.connect(start=True), name, asked).package

    def own_since(self, connection: Connection, name: str) -> int | None:
        """Return the time in epoch ms at which the deployed version was deployed from here.

        Returns None if the action is missing, was not deployed from this data directory, or has
        been changed by someone else since.
        """
        records = self.records_on(connection, name)
        if not records:
            return None
        last = current_record(records, find_action(connection.client, name))
        return None if last is None else last.updated

    def _records(self, target: Target, namespace: str, name: str) -> list[DeployRecord]:
        return list(self.log.of(place_of(target), namespace, name))

    def _put(
        self,
        record: PackageRecord,
        connection: Connection,
        force: bool,
        progress: Progress,
        rollback_to: str | None = None,
    ) -> Deployment:
        bundle = self.store.get(record.bundle)
        client = connection.client
        target = client.target
        host, namespace = place_of(target), connection.own_namespace()
        # The lock prevents two simultaneous deploys of one name, each of which would compare with a
        # state that the other deploy changes.
        with self.log.held(host, namespace, record.name):
            plan = plan_deploy(record, bundle, connection)
            # This step is needed even for an unchanged composition, because an action that it calls
            # may have been removed.
            warned = prepare(plan, progress, force=force)
            # A missing value must be found before a large model is uploaded.
            secrets = self.secrets(bundle.manifest.secrets)
            placed = replace(self.place_models(bundle, target, progress, force), secrets=secrets)
            there = self._find(client, record.name, host, namespace)
            if there is not None and not force:
                if is_router(there.action):
                    raise _is_split(record.name, client.target.label)
                if there.has_content(plan, placed) and there.is_ours:
                    return replace(_unchanged(there.action, plan), warning=warned)
                if not there.may_be_overwritten:
                    verb = "deploy" if rollback_to is None else "rollback"
                    to = "" if rollback_to is None else f" --to {rollback_to}"
                    raise there.changed_elsewhere(f"%faas {verb} {record.name}{to} --force")
                # A rollback names the version that it restores, which may be another notebook's.
                if rollback_to is None and (origin := there.origin(record)):
                    raise there.of_another(origin, f"%faas deploy {record.name} --force")
            # The last deploy from this machine is already in the store and in the history.
            if there is not None and not there.is_last_put:
                self._adopt(there)
            # The environment of an adopted package has only an id and cannot be registered.
            if target.kind == "playground" and "executable" in record.environment:
                from jupyter_faas.playground import register_environment

                register_environment(self.data_dir, record.environment)
            before = None if there is None else there.action
            versions = versions_of(client, record.name, before)
            done = upload(plan, progress, before, placed)
            warning = self._remember(done, record, target, rollback_to)
        # The router is replaced, so its two versions would only be left behind.
        ended = remove_versions(client, versions)
        unset = variables_warning(record, bundle.manifest.secrets)
        words = " ".join(filter(None, [done.warning, warned, unset, warning, ended.warning]))
        return replace(done, rollback_to=rollback_to, warning=words, removed=ended.removed)

    def _find(self, client: Client, name: str, host: str, namespace: str) -> RemoteAction | None:
        action = find_action(client, name)
        if action is None:
            return None
        last = next(self.log.of(host, namespace, name), None)
        return RemoteAction(action, last, client, self.store)

    def _adopt(self, there: RemoteAction) -> None:
        """Store the action that is about to be overwritten, so that a rollback can restore it."""
        adopted = there.adopt()
        if adopted is None:
            return
        record, size = adopted
        action = there.action
        put = Put(action.full_name.namespace, action.version, size, action.updated)
        # The action does not say who deployed it.
        self.log.add(deploy_record(record, there.client.target, put, action.updated, user=""))

    def _remember(
        self, done: Deployment, record: PackageRecord, target: Target, rollback_to: str | None
    ) -> str:
        """Add a deploy record and return an empty string, or a warning if writing fails.

        This method does not raise an error, because the deploy itself has succeeded.
        """
        put = Put(done.namespace, done.version, done.size, done.updated)
        user = user_name(os.environ)
        kept = deploy_record(record, target, put, self.now_ms(), user, rollback_to)
        try:
            self.log.add(kept)
        except OSError as error:
            return f"This deploy could not be recorded in the history: {error.strerror}."
        return ""


def _is_split(name: str, label: str) -> InputError:
    return InputError(
        f"{name} has a canary on {label}, so another version cannot be deployed as {name}.",
        hint=f"To deploy the new version for all callers: %faas promote {name}\n"
        f"To return to the old version: %faas discard {name}\n"
        f"To try another new version: %faas deploy {name} --canary 10%\n"
        f"To end the canary with this version: %faas deploy {name} --force",
    )


def local_name(name: str, connection: Connection) -> tuple[str, str]:
    namespace = connection.own_namespace()
    full = FullName.parse(name, default_namespace=namespace)
    return full.local, namespace if full.namespace == "_" else full.namespace


def current_record(records: list[DeployRecord], action: Action | None) -> DeployRecord | None:
    """Return the latest record if the deployed action matches it, or else None."""
    last = next(iter(records), None)
    return last if action is not None and is_last_put(action, last) else None


def _remote_version(action: Action, records: list[DeployRecord]) -> RemoteVersion:
    last = next(iter(records), None)
    bundle, packaged = action.annotation("faas-bundle"), action.annotation("faas-packaged")
    return RemoteVersion(
        version=action.version,
        bundle=bundle if isinstance(bundle, str) else None,
        packaged=packaged if isinstance(packaged, str) else None,
        updated=action.updated,
        ours=is_last_put(action, last),
    )


def _unchanged(action: Action, plan: DeployPlan) -> Deployment:
    record, client = plan.record, plan.client
    return Deployment(
        name=action.full_name.local,
        namespace=action.full_name.namespace,
        version=action.version,
        bundle=record.bundle,
        packaged=record.packaged or None,
        package=record.id,
        target=client.target.name,
        target_label=client.target.label,
        url=client.action_url(record.name),
        web_url=web_url(action.full_name, action.annotation("web-export"), client),
        web_access=web_access(action.annotation(AUTH)),
        size=len(plan.bundle.data),
        updated=action.updated,
        unchanged=True,
    )
