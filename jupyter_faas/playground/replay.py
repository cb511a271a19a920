"""What the journal's entries are, and what becomes of those that a killed playground has left."""

from __future__ import annotations

import logging

import orjson

from jupyter_faas.playground.graphs import GraphLink, GraphStore
from jupyter_faas.playground.journal import Journal
from jupyter_faas.playground.recordfilter import RecordRow
from jupyter_faas.playground.store import Store
from jupyter_faas.playground.threads import database_errors
from jupyter_faas.whisk import Activation

log = logging.getLogger(__name__)

# The first byte of each: a record, the record of an accepted run should it never end, what a run
# is drawn as.
RECORD, ACCEPTED, GRAPH = b"R", b"A", b"G"


def replay(store: Store, graphs: GraphStore, journal: Journal) -> None:
    """Bring the database up to date, and empty the journal. Blocking.

    Raises PlaygroundError when the database takes no more; the journal is as it was then.
    """
    records: dict[str, RecordRow] = {}
    accepted = dict(store.accepted())
    links = []
    for entry in journal.entries():
        if entry[:1] == GRAPH:
            links.append(GraphLink.from_entry(entry[1:]))
            continue
        activation = Activation.from_json(orjson.loads(entry[1:]))
        if entry[:1] == RECORD:
            records[activation.activation_id] = RecordRow.of(activation, entry[1:])
        else:
            accepted[activation.activation_id] = entry[1:]
    for activation_id, doc in accepted.items():
        if activation_id in records or store.record(activation_id) is not None:
            continue
        log.warning("Activation %s was accepted and did not end.", activation_id)
        records[activation_id] = RecordRow.of(Activation.from_json(orjson.loads(doc)), doc)
    with database_errors():
        graphs.keep(links)
        store.commit(list(records.values()), [])
        store.forget_accepted()
    # Only now: killed before, the next start finds it all once more, and changes nothing.
    journal.empty()
