"""Blocking invocations whose request line and headers have been seen before, byte for byte.

A client that keeps its connection sends the same head again and again. What it means has been found
out by the HTTP server and the lane at its first time; it cannot mean anything else now, unless keys
or entities have changed. So such a request is neither parsed nor given a task: its body goes to a
worker in the turn of the event loop in which it came, and the answer leaves in the turn in which
the worker gave it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.http.errors import invocation_error
from jupyter_faas.playground.http.invocations import ACTIVATION_ID, Asked, answer_of, later
from jupyter_faas.playground.http.parsing import payload_of
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.httpd.preparsed import Answer
from jupyter_faas.playground.invocation.run import Finished

# More clients than that are not there at a time; a head is some hundred bytes.
_REMEMBERED = 1024
_LONGEST_HEAD = 4096

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Head:
    """What a head has meant. ``length`` is that of the body, ``changes`` and ``generation`` tell
    which entities and keys there were."""

    asked: Asked
    plan: ResolvedAction
    caller: Caller
    length: int
    keep_input: bool
    changes: int
    generation: int


class Lines:
    """The headers of an answer, without that of its length."""

    def __init__(self, headers: Headers) -> None:
        """``headers`` are in every answer."""
        lines = b"".join(b"%b: %b\r\n" % each for each in headers).replace(b"%", b"%%")
        self._error = b"content-type: application/json\r\nx-request-id: %b\r\n" + lines
        self._run = b"%b: %%b\r\n%b" % (ACTIVATION_ID.encode(), self._error)

    def of_run(self, activation_id: str, transaction_id: str) -> bytes:
        return self._run % (activation_id.encode(), transaction_id.encode())

    def of_error(self, transaction_id: str) -> bytes:
        return self._error % transaction_id.encode()


class Shortcut:
    """Heads hold keys. They are looked up by a hash that is seeded at random, and compared only
    with one that has the same hash: how long that takes tells nothing of a key."""

    def __init__(self, known: Services, lines: Lines) -> None:
        self._known = known
        self._lines = lines
        self._heads: dict[bytes, Head] = {}

    def remember(
        self,
        head: bytes,
        asked: Asked,
        caller: Caller,
        *,
        length: int,
        keep_input: bool,
        generation: int,
    ) -> None:
        """A request with this head was just understood so, and may come again.

        ``generation`` is that of the keys when ``caller`` was found.
        """
        if len(head) > _LONGEST_HEAD or self._known.rates.limited:
            return
        changes = self._known.access.changes
        with suppress(FaasError):  # It may have been deleted since.
            plan = self._known.invoker.lookup(asked.name, caller)
            if len(self._heads) >= _REMEMBERED:
                self._heads.clear()
            self._heads[head] = Head(asked, plan, caller, length, keep_input, changes, generation)

    def take(self, head: bytes, body: bytes, answer: Answer) -> bool:
        """Whether the request is taken care of; then ``answer`` is called, once.

        False for what has to go the long way, where nothing has happened then.
        """
        known = self._heads.get(head)
        if known is None or len(body) != known.length:
            return False
        if known.changes != self._known.access.changes or not self._known.namespaces.is_current(
            known.generation
        ):
            del self._heads[head]
            return False
        transaction_id = self._known.new_id()
        waiting = _Waiting(answer, self._lines, known.asked, transaction_id)
        try:
            taken = self._known.invoker.begin(
                known.plan,
                payload_of(body),
                caller=known.caller,
                transaction_id=transaction_id,
                wait_s=known.asked.wait_s or 0.0,
                late=waiting.late,
                then=waiting.ended,
                keep_input=known.keep_input,
            )
        except FaasError:
            return False  # Whoever says so in the right words is not here.
        if taken:
            self._known.touch()
        return taken


class _Waiting:
    """A client that waits for its answer."""

    __slots__ = ("_answer", "_answered", "_asked", "_lines", "_transaction_id")

    def __init__(self, answer: Answer, lines: Lines, asked: Asked, transaction_id: str) -> None:
        self._answer = answer
        self._lines = lines
        self._asked = asked
        self._transaction_id = transaction_id
        self._answered = False

    def late(self, activation_id: str) -> None:
        status, body = later(activation_id)
        self._say(status, self._lines.of_run(activation_id, self._transaction_id), body)

    def ended(self, done: Finished | Exception) -> None:
        if isinstance(done, Finished):
            status, body = answer_of(done, self._asked.result_only)
            activation_id = done.activation_id
            self._say(status, self._lines.of_run(activation_id, self._transaction_id), body)
            return
        response = invocation_error(done, self._transaction_id)
        lines = self._lines.of_error(self._transaction_id)
        self._say(response.status_code, lines, bytes(response.body))

    def _say(self, status: int, lines: bytes, body: bytes) -> None:
        if not self._answered:
            self._answered = True
            self._answer(status, lines, body)
