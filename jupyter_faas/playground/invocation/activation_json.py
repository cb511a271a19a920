"""Fast encoding of the activation records of warm runs as JSON."""

from __future__ import annotations

import orjson

from jupyter_faas.playground.invocation.run import CAUSED_BY, Run, milliseconds
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.workers.exchange import Outcome
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.activations import MEMORY_PEAK

_PEAK = b',{"key":"%b","value":%%d}' % MEMORY_PEAK.encode()
_CAUSED_BY = b"," + orjson.dumps(CAUSED_BY.to_json())


class Recording:
    """An activation record that is mostly encoded during the run, so that clients wait less.

    This class supports only runs in a warm worker whose runtime matches the action's kind. The
    JSON equals that of ``Run.record`` byte for byte, and the row equals the row of that record.
    """

    def __init__(self, run: Run, waited_s: float) -> None:
        self._run = run
        self.waited_s = waited_s
        name, annotations, self._entity = run.resolved.record_parts
        self._head = b'{"namespace":%b,%b,"activationId":"%b","start":' % (
            orjson.dumps(run.caller.namespace),
            name,
            run.activation_id.encode(),
        )
        self._annotations = (
            b',"annotations":[%b,{"key":"waitTime","value":%d},{"key":"timeout","value":false}'
            % (annotations, max(0, round(waited_s * 1000)))
        )
        self._cause = b',"cause":%b' % orjson.dumps(run.cause) if run.cause else b""
        self._tail = b',"subject":%b,"response":' % orjson.dumps(run.caller.subject)
        self._summary_bytes = 0

    def doc(self, response: ActivationResponse, outcome: Outcome, end: int) -> bytes:
        """Return the record as JSON.

        ``outcome`` must have the status ANSWERED, and ``end`` is epoch ms.
        """
        beginning = self._begin(outcome, end)
        self._summary_bytes = len(beginning)
        return b'%b%b%b,"logs":%b}' % (
            beginning,
            self._tail,
            orjson.dumps(response.to_json()),
            orjson.dumps(outcome.logs) if outcome.logs else b"[]",
        )

    def row(self, doc: bytes, status_code: int, outcome: Outcome, end: int) -> ActivationRow:
        """Return the database row of the record.

        ``doc`` is what ``doc()`` has returned for ``outcome`` and ``end``.
        """
        duration, run = milliseconds(outcome.seconds), self._run
        return ActivationRow(
            run.activation_id,
            run.caller.namespace,
            self._entity,
            end - duration,
            # The list entry and the record begin alike.
            b'%b,"statusCode":%d}' % (doc[: self._summary_bytes], status_code),
            doc,
            run.cause,
            run.resolved.memory_mb,
            False,
            duration,
            outcome.peak_mb or None,
        )

    def _begin(self, outcome: Outcome, end: int) -> bytes:
        duration = milliseconds(outcome.seconds)
        return b'%b%d%b%b%b],"publish":false,"end":%d,"duration":%d%b' % (
            self._head,
            end - duration,
            self._annotations,
            _PEAK % outcome.peak_mb if outcome.peak_mb else b"",
            _CAUSED_BY if self._run.cause else b"",
            end,
            duration,
            self._cause,
        )
