"""RecordLoader: a loader that fetches the activation records of a session in few requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.whisk import is_activation_id

if TYPE_CHECKING:
    from jupyter_faas.client import Client, RunDetails, RunningActivation
    from jupyter_faas.whisk import Activation

_THREADS = 8
_PAGE = 200
# The number of ids in one request. Ids are part of the URL, whose length is limited.
_IDS_PER_REQUEST = 50
# Up to this number of records, separate requests are faster than listing all runs in the period.
_FEW = 6
# How many records are searched for the children of a run on hosts that cannot list children.
_SEARCHED = 600


class RecordLoader:
    """A loader that fetches each record once. Instances are not thread-safe.

    The playground can list the children of a run. On other hosts, the children's ids are read from
    the parent's record. If the parent has no record yet, the activations since its start are
    searched.
    """

    def __init__(self, client: Client) -> None:
        from jupyter_faas.client import SessionsClient

        self._client = client
        self._known: dict[str, Activation] = {}
        is_playground = client.target.kind == "playground"
        self._sessions = SessionsClient(client.target) if is_playground else None

    def close(self) -> None:
        if self._sessions is not None:
            self._sessions.close()

    def add(self, found: Iterable[Activation]) -> None:
        """Add complete records that were fetched elsewhere, so that they are not fetched again."""
        self._known.update((each.activation_id, each) for each in found)

    def facts(self, ids: Sequence[str]) -> dict[str, RunDetails]:
        """Return the details that the playground stores about runs, by id.

        The details include runs that have not ended. The result is empty on other hosts.
        """
        if self._sessions is None:
            return {}
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(self._sessions.of, ids)
            return {id_: facts for id_, facts in zip(ids, found, strict=True) if facts}

    def under_way(self, *, plain: bool = False) -> list[tuple[str, RunningActivation]]:
        """Return the id and details of each session that the playground is running.

        With ``plain``, runs of functions are included. The result is empty on other hosts.
        """
        return [] if self._sessions is None else self._sessions.under_way(plain=plain)

    def get(self, ids: Iterable[str]) -> dict[str, Activation]:
        """Return complete records by id. Ids without a record are omitted."""
        wanted = [each for each in dict.fromkeys(ids) if is_activation_id(each)]
        unknown = [each for each in wanted if each not in self._known]
        if len(unknown) == 1:
            self._fetch(unknown[0])
        elif unknown:
            with ThreadPoolExecutor(_THREADS) as pool:
                # ``list`` waits for all requests and raises their errors.
                list(pool.map(self._fetch, unknown))
        return {each: self._known[each] for each in wanted if each in self._known}

    def parts(self, parents: Sequence[Activation]) -> dict[str, list[Activation]]:
        """Return the direct children of ended sequences and compositions, by the parent's id.

        Children are in the order in which they ran. Children without a record are omitted.
        """
        if self._sessions is not None:
            self._list_parts([each.activation_id for each in parents])
        else:
            for parent in parents:
                self._list_around(parent)
        # The logs of a sequence or composition are the ids of its children (openwhisk-contract.md
        # §3.5). Children that the lists above did not contain are fetched here.
        found = self.get(id_ for parent in parents for id_ in parent.logs)
        return {
            parent.activation_id: [found[id_] for id_ in parent.logs if id_ in found]
            for parent in parents
        }

    def parts_so_far(
        self, activation_id: str, since: int | None, order: Sequence[str] = ()
    ) -> list[Activation]:
        """Return the direct children of a run that has no record yet.

        Children whose ids are in ``order`` come first, followed by other children by start time.
        ``since`` is the start of the run in epoch ms, or None if unknown.
        """
        if self._sessions is not None:
            found = self._list_parts([activation_id])
        else:
            found = self._client.list_activations(_SEARCHED, since=since, docs=True)
            self.add(found)
        own = (each for each in found if each.cause == activation_id)
        last = len(order)
        rank = {id_: number for number, id_ in enumerate(order)}
        return sorted(
            own,
            key=lambda each: (rank.get(each.activation_id, last), each.start, each.end or 0),
        )

    def _list_parts(self, parents: Sequence[str]) -> list[Activation]:
        found: list[Activation] = []
        ids = iter(parents)
        while some := list(islice(ids, _IDS_PER_REQUEST)):
            skip = 0
            while True:
                page = self._client.list_activations(_PAGE, skip, cause=",".join(some), docs=True)
                found += page
                skip += len(page)
                if len(page) < _PAGE:
                    break
        self.add(found)
        return found

    def _list_around(self, parent: Activation) -> None:
        """Fetch the runs during ``parent`` in one request, since most of them are its children."""
        unknown = sum(each not in self._known for each in parent.logs)
        if unknown > _FEW:
            # Times are rounded to ms, so a child may seem to start 1 ms before its parent.
            self.add(
                self._client.list_activations(
                    min(2 * unknown, _SEARCHED),
                    since=parent.start - 1,
                    upto=parent.end,
                    docs=True,
                )
            )

    def _fetch(self, activation_id: str) -> None:
        # A record may be missing because the run has not ended or the host deleted old records.
        with suppress(ActivationNotFound):
            self._known[activation_id] = self._client.get_activation(activation_id)
