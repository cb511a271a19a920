"""Sessions: runs with all that they have caused, their graph and their exact cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias

from jupyter_faas.errors import ActivationNotFound, FaasError
from jupyter_faas.whisk import is_activation_id
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import describe, summarize
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.deployment.service import place_of
from jupyter_faas.workspace.results import ActivationRecord, ActivationSummary
from jupyter_faas.workspace.sessions.conductor import States
from jupyter_faas.workspace.sessions.graphs import GraphStore, graph_of, ran
from jupyter_faas.workspace.sessions.model import Family, GraphSource, Known, Session
from jupyter_faas.workspace.sessions.records import Runs
from jupyter_faas.workspace.sessions.steps import (
    cost_of,
    logs_of,
    retries,
    running_summary,
    steps_of,
    visits_of,
)
from jupyter_faas.workspace.sessions.totals import (
    SessionSummary,
    TotalsMemory,
    going_on,
    top_runs,
    with_totals,
)
from jupyter_faas.workspace.sessions.tree import find_family

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord
    from jupyter_faas.client import Target
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Action, Activation
    from jupyter_faas.workspace.targets.connection import Connection


@dataclass(frozen=True)
class SessionService:
    """Sessions on the target in use. Safe to use from several threads.

    ``deploy_records`` returns the deploys of a name from this data folder, the latest first.
    ``packaged_graph`` returns the graph of a package by its id.
    """

    connect: Callable[[], Connection]
    deploy_records: Callable[[Connection, str], list[DeployRecord]]
    graphs: GraphStore
    packaged_graph: Callable[[str], dict[str, Any] | None]
    prices: Callable[[], PriceList]
    now_ms: Callable[[], int]
    memory: TotalsMemory = field(default_factory=TotalsMemory)

    def session(self, activation_id: str) -> Session:
        """A run with everything that it has caused so far.

        ActivationNotFound when nothing is known of it: no record, nothing that it has caused, and
        (playground) not under way either.
        """
        connection = self.connect()
        with closing(Runs(connection.client)) as runs:
            return _Finder(self, connection, runs).find(activation_id)

    def record(self, run: Activation) -> ActivationRecord:
        """What ended, for itself. On the playground a session's tells its calls and, once nothing
        of it goes on, its exact cost; elsewhere that would take too many requests."""
        client, prices = self.connect().client, self.prices()
        found = describe(run, prices, client.target.name)
        if found.has_parts and client.target.kind == "playground":
            # It ran, whether or not it can be told how.
            with closing(Runs(client)) as runs, suppress(FaasError):
                totals = self.memory.of(run, runs, prices)
                cost = totals.cost if totals.final else None
                return replace(found, calls=totals.calls, cost_per_million=cost)
        return found

    def logs(self, activation_id: str) -> list[str]:
        """What a run printed; of a session, all that ran in it, each line with its name.

        ActivationNotFound when the target has no record.
        """
        lines = self.connect().client.activation_logs(activation_id)
        if not lines or not all(map(is_activation_id, lines)):
            return lines
        session = self.session(activation_id)
        names = {step.summary.id: step.summary.name for step in session.steps}
        return [
            f"{line.time} {names.get(line.step, session.activation.name)} "
            f"{line.stream}: {line.text}"
            for line in session.logs
        ]

    def latest(
        self, *, limit: int = 30, name: str | None = None, skip: int = 0
    ) -> list[SessionSummary]:
        """The latest sessions of compositions and sequences with their totals; those that the
        playground runs now come first."""
        found = (each for each in self._top(name=name) if each.kind == SEQUENCE)
        prices = self.prices()
        with closing(Runs(self.connect().client)) as runs:
            ended = with_totals(found, self.memory, runs, prices)
            going = list(going_on(runs, name, prices))
            ids = {each.summary.id for each in going}
            rest = (
                each
                for each in ended
                # One may have ended since it was asked for.
                if isinstance(each, SessionSummary) and each.summary.id not in ids
            )
            return list(islice(chain(going, rest), skip, skip + limit))

    def summaries(self, *, limit: int, name: str) -> list[ActivationSummary]:
        """The latest sessions of one composition or sequence, each with its own cost."""
        return [one.summary for one in self.latest(limit=limit, name=name)]

    def top(
        self,
        *,
        limit: int = 30,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        skip: int = 0,
    ) -> list[ActivationSummary | SessionSummary]:
        """The latest runs that are part of no other; sessions with their totals.

        On hosts other than the playground totals would take too many requests, and are left out.
        """
        found = self._top(wanted=skip + limit, name=name, since=since, upto=upto)
        client, prices = self.connect().client, self.prices()
        if client.target.kind != "playground":
            return [summarize(each, prices) for each in islice(found, skip, skip + limit)]
        with closing(Runs(client)) as runs:
            listed = with_totals(found, self.memory, runs, prices)
            return list(islice(listed, skip, skip + limit))

    def _top(self, **filters: Any) -> Iterator[Activation]:
        return top_runs(self.connect().client, **filters)

    def seen_on(self, target: Target) -> Callable[[Action], None]:
        """Remembers the graphs of actions, where a target does not do that itself."""
        if target.kind == "playground":
            return lambda action: None
        return partial(self.graphs.keep, place_of(target))

    def graph(self, name: str) -> dict[str, Any] | None:
        """What the target holds under ``name`` is drawn as. ActionNotFound."""
        client = self.connect().client
        action = client.get_action(name)
        self.graphs.keep(place_of(client.target), action)
        return graph_of(action)


_Graph: TypeAlias = "tuple[Mapping[str, Any] | None, GraphSource | None]"


@dataclass
class _Finder:
    """Finds one session."""

    service: SessionService
    connection: Connection
    runs: Runs

    def find(self, activation_id: str) -> Session:
        root, told = self._root(activation_id)
        action, deploy = self._action(root), self._deploy(root)
        origin = _origin(deploy, action)
        if root.kind == "function":
            return self._put_together(root, action, origin, (None, None), Family())
        graph = self._graph(root, action, deploy, told)
        family = find_family(self.runs, root, States.of(graph[0]))
        return self._put_together(root, action, origin, graph, family)

    def _root(self, activation_id: str) -> tuple[Known, Mapping[str, Any] | None]:
        """The run, and its graph where the playground has kept that. ActivationNotFound."""
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(self.runs.facts, [activation_id])
            record = self.runs.get([activation_id]).get(activation_id)
            facts = asking.result().get(activation_id)
        graph = facts.graph if facts is not None else None
        if record is not None:
            return Known.ended(record), graph
        if facts is not None and facts.under_way is not None:
            return Known.under_way(activation_id, facts.under_way), graph
        try:
            # Perhaps it has just ended.
            return Known.ended(self.connection.client.get_activation(activation_id)), graph
        except ActivationNotFound:
            root = Known.of_parts(activation_id, self.runs.parts_so_far(activation_id, None))
            if root is None:
                raise
            return root, graph

    def _action(self, root: Known) -> Action | None:
        """What the target has under the run's name by now."""
        namespace, _, name = root.path.partition("/")
        own = self.connection.own_namespace()
        return find_action(self.connection.client, name if namespace == own else f"/{root.path}")

    def _deploy(self, root: Known) -> DeployRecord | None:
        """The deploy of what ran, if that was done from here."""
        _, _, name = root.path.partition("/")
        records = self.service.deploy_records(self.connection, name)
        return next((each for each in records if ran(each, root.version, root.start)), None)

    def _graph(
        self,
        root: Known,
        action: Action | None,
        deploy: DeployRecord | None,
        told: Mapping[str, Any] | None,
    ) -> _Graph:
        place = place_of(self.connection.client.target)
        if action is not None:
            self.service.graphs.keep(place, action)
        if told is not None:
            return told, "playground"
        if action is not None and ran(action, root.version, root.start):
            found = graph_of(action)
            if found is not None:
                return found, "deployed"
        kept = self.service.graphs.find(place, root.path, root.version, root.start)
        if kept is None and deploy is not None:
            with suppress(FaasError):  # the package may be gone
                kept = self.service.packaged_graph(deploy.package)
        return (kept, "kept") if kept is not None else (None, None)

    def _put_together(
        self,
        root: Known,
        action: Action | None,
        origin: tuple[str | None, str | None],
        drawn: _Graph,
        family: Family,
    ) -> Session:
        graph, source = drawn
        prices, target = self.service.prices(), self.connection.client.target.name
        if root.activation is None:
            known = vars(running_summary(root))
            run = ActivationRecord(**known, target=target)
        else:
            run = describe(root.activation, prices, target)
        steps = steps_of(family.members, family.under_way, prices)
        # A trigger's record has no end, and nothing of it goes on.
        fired = root.activation is not None and run.end is None and run.kind is None
        end = run.start if fired else (run.end or self.service.now_ms())
        elapsed_ms = max(0, end - run.start)
        printed = [each.activation for each in family.members]
        logs, more = logs_of([*([root.activation] if root.activation else []), *printed])
        notebook, cell_id = origin
        return Session(
            kind=root.kind,
            running=root.activation is None or bool(family.under_way),
            activation=run,
            notebook=notebook,
            cell_id=cell_id,
            deployed=action is not None,
            retried=retries(steps, graph),
            elapsed_ms=elapsed_ms,
            cost=cost_of(steps, run, elapsed_ms, prices),
            prices=prices,
            steps=steps,
            graph=graph,
            graph_from=source,
            nodes=visits_of(family.members, root.kind),
            logs=logs,
            truncated=family.truncated or more,
        )


def _origin(deploy: DeployRecord | None, action: Action | None) -> tuple[str | None, str | None]:
    """The notebook and the cell that it was deployed from."""
    if deploy is not None:
        return deploy.notebook, deploy.cell_id
    if action is None:
        return None, None
    # As an export, or another machine, has put it there.
    told = (action.annotation("faas-notebook"), action.annotation("faas-cell"))
    notebook, cell_id = (each if isinstance(each, str) else None for each in told)
    return notebook, cell_id
