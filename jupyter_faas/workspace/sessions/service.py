"""SessionService: reconstruction of sessions from activation records.

A session is an activation with all runs that it caused. OpenWhisk stores one record for each
activation, but no record of a whole session. ``_SessionReader`` reconstructs a session in four
steps:

1. ``_root`` reads the record of the run itself. If the run has not ended, its data are read from
   the playground or derived from its first child.
2. ``_graph`` finds the graph of the composition's version that ran. The playground stores this
   graph. For other hosts, the graph comes from the deployed action, from ``GraphStore`` or from the
   package.
3. ``collect_tree`` (tree.py) finds the children level by level, with the node of each child, from
   the logs and results of conductors (conductor.py).
4. ``_assemble`` computes steps, costs, visits of nodes and merged logs (steps.py).

For lists of sessions, only steps 1 and 3 are needed. The totals of ended sessions are cached
(totals.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias

from jupyter_faas.errors import ActivationNotFound, FaasError, InputError, TargetNotReachable
from jupyter_faas.whisk import is_activation_id
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import describe, summarize
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.deployment.service import place_of
from jupyter_faas.workspace.results import ActivationRecord, ActivationSummary
from jupyter_faas.workspace.sessions.causes import CauseCache
from jupyter_faas.workspace.sessions.conductor import StateMachine, is_engine_line, log_lines
from jupyter_faas.workspace.sessions.graphs import GraphStore, graph_of, was_version_at
from jupyter_faas.workspace.sessions.model import GraphSource, LogLine, RunInfo, RunTree, Session
from jupyter_faas.workspace.sessions.records import RecordLoader
from jupyter_faas.workspace.sessions.search import RunFilter, is_trigger, search_runs
from jupyter_faas.workspace.sessions.steps import (
    cost_of,
    failed_step,
    logs_of,
    retries,
    running_summary,
    steps_of,
    visits_of,
)
from jupyter_faas.workspace.sessions.totals import (
    SessionSummary,
    SessionTotals,
    TotalsCache,
    add_totals,
    running_functions,
    running_sessions,
    top_runs,
)
from jupyter_faas.workspace.sessions.tree import collect_tree
from jupyter_faas.workspace.targets.capabilities import max_timeout_of

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord
    from jupyter_faas.client import Client, Target
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Action, Activation
    from jupyter_faas.workspace.targets.connection import Connection


# The beginning of an activation's id. Fewer digits would rarely be unique.
_ID_START = re.compile(r"[0-9a-f]{4,31}")
# The number of latest activations whose ids are searched.
_PAGE, _SEARCHED = 200, 1000


@dataclass(frozen=True)
class SessionService:
    """A service that reads the sessions of the current target. Instances are thread-safe.

    ``deploy_records``: a function that returns the deploys of an action from this data directory,
    the latest first.
    ``packaged_graph``: a function that takes a package's id and returns its graph, if any.
    """

    connect: Callable[[], Connection]
    deploy_records: Callable[[Connection, str], list[DeployRecord]]
    graphs: GraphStore
    packaged_graph: Callable[[str], dict[str, Any] | None]
    prices: Callable[[], PriceList]
    now_ms: Callable[[], int]
    totals_cache: TotalsCache = field(default_factory=TotalsCache)
    causes: CauseCache = field(default_factory=CauseCache)

    def session(self, activation_id: str) -> Session:
        """Return a run with all runs that it has caused so far.

        Raises ActivationNotFound if the run has no record, is not running, and has no children.
        """
        connection = self.connect()
        with closing(RecordLoader(connection.client)) as records:
            return _SessionReader(self, connection, records).find(activation_id)

    def record(self, run: Activation, client: Client | None = None) -> ActivationRecord:
        """Return the record of an ended run, with its cost.

        ``client`` is the one that ran it, which may have been stopped since. By default, the run is
        of the current target.

        On the playground, the record of a session also contains the number of calls and, once all
        its runs have ended, the exact cost. On other hosts, computing these would take too many
        requests.
        """
        client = client or self.connect().client
        found = describe(run, self.prices(), client.target.name, max_timeout_of(client))
        totals = None
        with suppress(TargetNotReachable):  # The record of a run that has ended is still known.
            totals = self._totals(client, run) if found.has_parts else None
        if totals is None:
            return found
        cost = totals.cost if totals.final else None
        return replace(found, calls=totals.calls, cost_per_million=cost)

    def cost_usd(self, run: Activation) -> Decimal | None:
        """Return the exact cost of an ended session in USD, which is that of ``record``."""
        from jupyter_faas.cost import per_run

        totals = self._totals(self.connect().client, run)
        if totals is None or totals.cost is None or not totals.final:
            return None
        return per_run(totals.cost)

    def _totals(self, client: Client, run: Activation) -> SessionTotals | None:
        """Return the totals of a session on the playground, or None if they are not known."""
        if client.target.kind != "playground":
            return None
        with closing(RecordLoader(client)) as records, suppress(FaasError):
            return self.totals_cache.of(run, records, self.prices())
        return None

    def find_id(self, word: str) -> str | None:
        """Return the id of the run that ``word`` means, or None if it is the name of a function.

        ``word`` is an activation's id or the beginning of one. A function's name comes first.
        Raises InputError if several recent ids begin with ``word``.
        """
        if is_activation_id(word):
            return word
        client = self.connect().client
        if _ID_START.fullmatch(word) is None or find_action(client, word) is not None:
            return None
        found: list[str] = []
        for skip in range(0, _SEARCHED, _PAGE):
            page = client.list_activations(_PAGE, skip)
            found += [each.activation_id for each in page]
            if len(page) < _PAGE:
                break
        return pick_id(word, found)

    def logs(self, activation_id: str, *, every: bool = False) -> list[str]:
        """Return the log lines of a run, or of all steps if the run is a session.

        The log lines of a session contain the names of the steps. The lines of a composition's
        engine about its path are left out unless ``every`` is true. Raises ActivationNotFound if
        the target has no record of the run.
        """
        lines = self.connect().client.activation_logs(activation_id)
        # Only the logs of a session consist of activation ids, which are the ids of its children.
        if not lines or not all(map(is_activation_id, lines)):
            return lines
        session = self.session(activation_id)
        names = {step.summary.id: step.summary.name for step in session.steps}
        engine = session.engine_steps
        return [
            f"{line.time} {names.get(line.step, session.activation.name)} "
            f"{line.stream}: {line.text}"
            for line in session.logs
            if every or line.step not in engine or not is_engine_line(line.text)
        ]

    def latest(
        self, *, limit: int = 30, name: str | None = None, skip: int = 0
    ) -> list[SessionSummary]:
        """Return the latest sessions of compositions and sequences, with totals.

        On the playground, running sessions come first.
        """
        found = (each for each in self._top(name=name) if each.kind == SEQUENCE)
        prices = self.prices()
        with closing(RecordLoader(self.connect().client)) as records:
            # These iterators are lazy, so that totals are computed only for returned sessions.
            ended = add_totals(found, self.totals_cache, records, prices)
            going = list(running_sessions(records, name, prices))
            ids = {each.summary.id for each in going}
            rest = (
                each
                for each in ended
                # A running session may have ended between the two lists.
                if isinstance(each, SessionSummary) and each.summary.id not in ids
            )
            listed = list(islice(chain(going, rest), skip, skip + limit))
            return self.causes.add(listed, records)

    def summaries(self, *, limit: int, name: str) -> list[ActivationSummary]:
        """Return the latest sessions of the composition or sequence ``name``, with their costs."""
        return [one.summary for one in self.latest(limit=limit, name=name)]

    def top(
        self,
        *,
        limit: int = 30,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        skip: int = 0,
        triggers: bool = True,
    ) -> list[ActivationSummary | SessionSummary]:
        """Return the latest runs without a parent. ``triggers``: whether to include fired triggers.

        On the playground, sessions include their totals. On other hosts, computing the totals would
        take too many requests.
        """
        found = self._top(wanted=skip + limit, name=name, since=since, upto=upto)
        if not triggers:
            found = (each for each in found if not is_trigger(each))
        client, prices = self.connect().client, self.prices()
        with closing(RecordLoader(client)) as records:
            if client.target.kind == "playground":
                listed = add_totals(found, self.totals_cache, records, prices)
            else:
                listed = (summarize(each, prices) for each in found)
            going: list[ActivationSummary] = []
            if skip == 0 and upto is None:
                going = running_functions(records, name)
            ended = self.causes.add(list(islice(listed, skip, skip + limit)), records)
            # A run may have ended between the two lists.
            ids = {each.id for each in ended}
            return [*(each for each in going if each.id not in ids), *ended]

    def cancel(self, activation_id: str) -> None:
        """End a running activation of the playground.

        Raises ActivationNotFound if it does not run any more, and InputError on other hosts, which
        cannot end a run.
        """
        from jupyter_faas.client import SessionsClient

        target = self.connect().client.target
        if target.kind != "playground":
            raise InputError(
                f"{target.label} cannot cancel a run, so this run continues until it returns.",
                hint="The run ends at the latest when it reaches its timeout (--timeout in the "
                "function's cell).",
            )
        with closing(SessionsClient(target)) as sessions:
            sessions.cancel(activation_id)

    def cancel_call(self, name: str, since: int) -> str:
        """End the run of a call that nobody waits for any more, if that is possible.

        ``since`` is the start of the call in epoch ms. Returns a sentence that says what became of
        the run.
        """
        client = self.connect().client
        label = client.target.label
        goes_on = f"Stopped waiting for {name}, which continues to run on {label}."
        if client.target.kind != "playground":
            return goes_on
        with closing(RecordLoader(client)) as records, suppress(FaasError):
            # The playground starts a run within some ms of the request.
            mine = [
                activation_id
                for activation_id, run in records.under_way(plain=True)
                if run.path.endswith(f"/{name.lstrip('/')}") and run.started >= since - 1000
            ]
            if len(mine) == 1:
                self.cancel(mine[0])
                return f"Cancelled: {name}, activation {mine[0]}."
            if not mine:
                return f"Stopped waiting for {name}: it is not running."
        return goes_on

    def runs(self, **filters: Any) -> list[ActivationSummary]:
        """Return activations, the latest first. ``filters`` are those of ``list_activations``."""
        client, prices = self.connect().client, self.prices()
        listed = client.list_activations(**filters)
        found = [summarize(each, prices) for each in listed]
        with closing(RecordLoader(client)) as records:
            if client.target.kind == "playground":
                for number, each in enumerate(listed):
                    if found[number].has_parts:
                        totals = self.totals_cache.of(each, records, prices)
                        found[number] = replace(found[number], cost_per_million=totals.cost)
            return self.causes.add(found, records)

    def search(
        self, wanted: RunFilter, *, limit: int, **filters: Any
    ) -> tuple[list[ActivationSummary | SessionSummary], int | None]:
        """Return the latest runs that pass a filter, and where to continue (``search_runs``)."""
        client, prices = self.connect().client, self.prices()
        with closing(RecordLoader(client)) as records:

            def is_cold(run: Activation) -> bool:
                return self.totals_cache.of(run, records, prices).cold

            found = search_runs(client, wanted, limit, is_cold, **filters)
            if client.target.kind != "playground":
                listed = [summarize(each, prices) for each in found.runs]
                if wanted.status == "cold":
                    # All of them are: the record of a session does not show it.
                    listed = [replace(each, cold=True) for each in listed]
                return [*listed], found.searched_to
            return list(add_totals(found.runs, self.totals_cache, records, prices)), (
                found.searched_to
            )

    def _top(self, **filters: Any) -> Iterator[Activation]:
        return top_runs(self.connect().client, **filters)

    def graph_recorder(self, target: Target) -> Callable[[Action], None]:
        """Return a function that stores the graph of an action.

        For the playground, which stores graphs itself, the function does nothing.
        """
        if target.kind == "playground":
            return lambda action: None
        return partial(self.graphs.keep, place_of(target))

    def graph(self, name: str) -> dict[str, Any] | None:
        """Return the graph of a deployed action, or None for a plain action.

        Raises ActionNotFound.
        """
        client = self.connect().client
        action = client.get_action(name)
        self.graphs.keep(place_of(client.target), action)
        return graph_of(action)


def pick_id(word: str, ids: Iterable[str]) -> str | None:
    """Return the only id that begins with ``word``, or None. Raises InputError if several do."""
    matches = [each for each in dict.fromkeys(ids) if each.startswith(word)]
    if len(matches) > 1:
        more = ", …" if len(matches) > 5 else "."
        raise InputError(
            f"The IDs of {len(matches)} activations begin with {word}: "
            f"{', '.join(matches[:5])}{more}",
            hint="Enter more characters of the ID.",
        )
    return matches[0] if matches else None


_Graph: TypeAlias = "tuple[Mapping[str, Any] | None, GraphSource | None]"


@dataclass
class _SessionReader:
    """A reader that reconstructs one session, as described in the module's docstring."""

    service: SessionService
    connection: Connection
    records: RecordLoader
    logs_so_far: tuple[str, ...] = ()

    def find(self, activation_id: str) -> Session:
        root, kept_graph = self._root(activation_id)
        action, deploy = self._action(root), self._deploy(root)
        origin = _origin(deploy, action)
        if root.kind == "function":
            return self._assemble(root, action, origin, (None, None), RunTree())
        graph = self._graph(root, action, deploy, kept_graph)
        tree = collect_tree(self.records, root, StateMachine.of(graph[0]))
        return self._assemble(root, action, origin, graph, tree)

    def _root(self, activation_id: str) -> tuple[RunInfo, Mapping[str, Any] | None]:
        """Return the run, and its graph if the playground stores it. Raises ActivationNotFound."""
        # The two requests are independent, so they are sent at the same time.
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(self.records.facts, [activation_id])
            record = self.records.get([activation_id]).get(activation_id)
            facts = asking.result().get(activation_id)
        graph = facts.graph if facts is not None else None
        if record is not None:
            return RunInfo.from_record(record), graph
        if facts is not None and facts.under_way is not None:
            self.logs_so_far = facts.under_way.logs
            return RunInfo.from_running(activation_id, facts.under_way), graph
        try:
            # The run may have ended between the two requests above.
            return RunInfo.from_record(self.connection.client.get_activation(activation_id)), graph
        except ActivationNotFound:
            root = RunInfo.from_parts(activation_id, self.records.parts_so_far(activation_id, None))
            if root is None:
                raise
            return root, graph

    def _action(self, root: RunInfo) -> Action | None:
        """Return the action that is now deployed under the run's name, or None."""
        namespace, _, name = root.path.partition("/")
        own = self.connection.own_namespace()
        return find_action(self.connection.client, name if namespace == own else f"/{root.path}")

    def _deploy(self, root: RunInfo) -> DeployRecord | None:
        """Return the deploy of the version that ran, or None if this data directory lacks it."""
        _, _, name = root.path.partition("/")
        records = self.service.deploy_records(self.connection, name)
        return next(
            (each for each in records if was_version_at(each, root.version, root.start)), None
        )

    def _graph(
        self,
        root: RunInfo,
        action: Action | None,
        deploy: DeployRecord | None,
        kept_graph: Mapping[str, Any] | None,
    ) -> _Graph:
        place = place_of(self.connection.client.target)
        if action is not None:
            self.service.graphs.keep(place, action)
        if kept_graph is not None:
            return kept_graph, "playground"
        if action is not None and was_version_at(action, root.version, root.start):
            found = graph_of(action)
            if found is not None:
                return found, "deployed"
        kept = self.service.graphs.find(place, root.path, root.version, root.start)
        if kept is None and deploy is not None:
            with suppress(FaasError):  # The package may have been deleted.
                kept = self.service.packaged_graph(deploy.package)
        return (kept, "kept") if kept is not None else (None, None)

    def _assemble(
        self,
        root: RunInfo,
        action: Action | None,
        origin: tuple[str | None, str | None],
        drawn: _Graph,
        tree: RunTree,
    ) -> Session:
        graph, source = drawn
        prices, target = self.service.prices(), self.connection.client.target.name
        if root.activation is None:
            known = vars(running_summary(root))
            run = ActivationRecord(**known, target=target)
        else:
            most_ms = max_timeout_of(self.connection.client)
            run = describe(root.activation, prices, target, most_ms)
        steps = steps_of(tree.children, tree.running, prices)
        # A trigger's record never has an end, so its start is used instead.
        fired = root.activation is not None and run.end is None and run.kind is None
        end = run.start if fired else (run.end or self.service.now_ms())
        elapsed_ms = max(0, end - run.start)
        printed = [each.activation for each in tree.children]
        logs, more = logs_of([*([root.activation] if root.activation else []), *printed])
        if root.activation is None:
            begun = (LogLine(*line, root.id) for line in log_lines(self.logs_so_far))
            logs = (*begun, *logs)
        notebook, cell_id = origin
        return Session(
            kind=root.kind,
            running=root.activation is None or bool(tree.running),
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
            nodes=visits_of(tree.children, root.kind),
            logs=logs,
            truncated=tree.truncated or more,
            failed_step=None if run.ok else failed_step(tree.children),
        )


def _origin(deploy: DeployRecord | None, action: Action | None) -> tuple[str | None, str | None]:
    """Return the file name of the notebook and the id of the cell that an action came from.

    Each value is None if it is unknown.
    """
    if deploy is not None:
        return deploy.notebook, deploy.cell_id
    if action is None:
        return None, None
    # Actions that were deployed from an exported project or another machine only have annotations.
    values = (action.annotation("faas-notebook"), action.annotation("faas-cell"))
    notebook, cell_id = (each if isinstance(each, str) else None for each in values)
    return notebook, cell_id
