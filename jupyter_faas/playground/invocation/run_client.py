"""``RunClient``: the client of a run, which gets one answer."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_faas.playground.invocation.run import Finished

# The answer to an invocation: the finished run with its record, the activation id if the run takes
# longer than the client waits, or an error.
Answer = Finished | str | Exception


class RunClient:
    """The client of a run.

    Only the first call of ``answer`` calls ``on_answer``. Later calls have no effect. A client that
    does not wait gets the activation id, even if the run ends before the answer is sent.
    """

    __slots__ = ("_on_answer", "keep_input", "wait_s")

    def __init__(
        self, wait_s: float | None, on_answer: Callable[[Answer], None], keep_input: bool
    ) -> None:
        self.wait_s = wait_s
        self.keep_input = keep_input
        self._on_answer: Callable[[Answer], None] | None = on_answer

    def answer(self, answer: Answer) -> None:
        if self._on_answer is not None:
            on_answer, self._on_answer = self._on_answer, None
            if self.wait_s is None and isinstance(answer, Finished):
                answer = answer.activation_id
            on_answer(answer)
