"""The records that a session is made of, fetched from a target in few requests."""

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

_AT_ONCE = 8
_PAGE = 200
# Ids in one question; they stand in the address.
_ASKED = 50
# Below this, asking for each is quicker than a list of whatever ran at that time.
_FEW = 6
# How much of what ran at that time is looked through where a host cannot list a run's parts.
_LOOKED_THROUGH = 600


class Runs:
    """What a target has recorded. Each record is fetched once; safe in one thread at a time.

    The playground lists the parts of a run; elsewhere they are found by the ids in its record, or,
    while there is none, among what has run since.
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

    def learn(self, found: Iterable[Activation]) -> None:
        """Whole records that somebody has already."""
        self._known.update((each.activation_id, each) for each in found)

    def facts(self, ids: Sequence[str]) -> dict[str, RunDetails]:
        """What the playground tells of runs beside their records; nothing on other hosts."""
        if self._sessions is None:
            return {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(self._sessions.of, ids)
            return {id_: facts for id_, facts in zip(ids, found, strict=True) if facts}

    def under_way(self) -> list[tuple[str, RunningActivation]]:
        """Sessions that the playground runs now, by id; nothing on other hosts."""
        return [] if self._sessions is None else self._sessions.under_way()

    def get(self, ids: Iterable[str]) -> dict[str, Activation]:
        """Whole records; those that are not there (yet) are left out."""
        wanted = [each for each in dict.fromkeys(ids) if is_activation_id(each)]
        asked = [each for each in wanted if each not in self._known]
        if len(asked) == 1:
            self._fetch(asked[0])
        elif asked:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._fetch, asked))
        return {each: self._known[each] for each in wanted if each in self._known}

    def parts(self, parents: Sequence[Activation]) -> dict[str, list[Activation]]:
        """What each of these ended sequences and compositions has run itself, in that order."""
        if self._sessions is not None:
            self._list_parts([each.activation_id for each in parents])
        else:
            for parent in parents:
                self._list_around(parent)
        found = self.get(id_ for parent in parents for id_ in parent.logs)
        return {
            parent.activation_id: [found[id_] for id_ in parent.logs if id_ in found]
            for parent in parents
        }

    def parts_so_far(
        self, activation_id: str, since: int | None, order: Sequence[str] = ()
    ) -> list[Activation]:
        """What a run that has no record yet has run itself: in ``order`` what that names, then by
        its start. ``since`` is epoch ms, if known."""
        if self._sessions is not None:
            found = self._list_parts([activation_id])
        else:
            found = self._client.list_activations(_LOOKED_THROUGH, since=since, docs=True)
            self.learn(found)
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
        while some := list(islice(ids, _ASKED)):
            skip = 0
            while True:
                page = self._client.list_activations(_PAGE, skip, cause=",".join(some), docs=True)
                found += page
                skip += len(page)
                if len(page) < _PAGE:
                    break
        self.learn(found)
        return found

    def _list_around(self, parent: Activation) -> None:
        """What ran while ``parent`` did: most likely its parts, in a request or two."""
        unknown = sum(each not in self._known for each in parent.logs)
        if unknown > _FEW:
            # One of the last begins before the end; by whole ms it may seem to begin before all.
            self.learn(
                self._client.list_activations(
                    min(2 * unknown, _LOOKED_THROUGH),
                    since=parent.start - 1,
                    upto=parent.end,
                    docs=True,
                )
            )

    def _fetch(self, activation_id: str) -> None:
        with suppress(ActivationNotFound):
            self._known[activation_id] = self._client.get_activation(activation_id)
