"""Activation records, and their JSON in the REST API (contract §2.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.keyvalues import KeyValues, as_json, key_values

SUCCESS, APPLICATION_ERROR, DEVELOPER_ERROR, WHISK_ERROR = range(4)
# A start after which the run did not succeed, and which says nothing about the price of a start.
FAILED_START = 2
# The playground's annotation for the peak resident memory of the run's process in MB, including
# pages of mapped files. For a cold start, the peak includes the start of the process.
MEMORY_PEAK = "faas-memory-peak"
_ID = re.compile(r"[0-9a-f]{32}")
STATUS_WORDS = ("success", "application error", "action developer error", "whisk internal error")


def is_activation_id(words: str) -> bool:
    """Return whether ``words`` has the format of an activation id.

    This identifies the logs of sequences and compositions, which list the ids of their components.
    """
    return _ID.fullmatch(words) is not None


class ActivationResponse(NamedTuple):
    """The outcome of a run.

    ``status_code`` is 0 to 3, ``result`` is JSON, and ``size`` is the size of the result in bytes,
    if known.
    """

    status_code: int
    result: Any = None
    size: int | None = None

    @property
    def status(self) -> str:
        return STATUS_WORDS[self.status_code]

    @property
    def success(self) -> bool:
        return self.status_code == SUCCESS

    def to_json(self) -> dict[str, Any]:
        """Return the ``response`` field of a record, which does not contain the status code."""
        obj = {"status": self.status, "success": self.success, "result": self.result}
        return obj if self.size is None else {**obj, "size": self.size}

    @classmethod
    def from_json(
        cls, obj: Mapping[str, Any], status_code: int | None = None
    ) -> ActivationResponse:
        # The code is in the response or at the top level of a list entry (``status_code``). If both
        # are missing, it is derived from ``status``, or else from ``success``.
        code = obj.get("statusCode", status_code)
        if not isinstance(code, int) or not 0 <= code < len(STATUS_WORDS):
            words = obj.get("status")
            if words in STATUS_WORDS:
                code = STATUS_WORDS.index(words)
            else:
                code = SUCCESS if obj.get("success", True) else WHISK_ERROR
        size = obj.get("size")
        return cls(code, obj.get("result"), size if isinstance(size, int) else None)


@dataclass(frozen=True)
class Activation:
    """The record of a run of an action, or of a firing of a trigger.

    ``start`` and ``end`` are epoch ms. ``duration`` is ms and includes the initialization time.
    Records of triggers have neither ``end`` nor ``duration``. Records from a list response do not
    have results and logs, but their ``response`` has the status.
    """

    namespace: str
    name: str
    version: str
    subject: str
    activation_id: str
    start: int
    end: int | None
    duration: int | None
    response: ActivationResponse
    logs: tuple[str, ...] = ()
    annotations: KeyValues = ()
    cause: str | None = None
    publish: bool = False

    def annotation(self, key: str) -> Any:
        """Return the value of an annotation, or None if the record does not have it."""
        for each in self.annotations:
            if each.key == key:
                return each.value
        return None

    @property
    def init_ms(self) -> int | None:
        """The initialization time of the code in ms, or None for a warm start."""
        return _int_or_none(self.annotation("initTime"))

    @property
    def wait_ms(self) -> int | None:
        """The time from the request to the start of the run in ms, or None if unknown."""
        return _int_or_none(self.annotation("waitTime"))

    @property
    def cold(self) -> bool:
        return self.init_ms is not None

    @property
    def cold_start(self) -> int:
        """0 for a warm start, 1 for a cold start, and FAILED_START for a cold start that failed."""
        failed = self.response.status_code == DEVELOPER_ERROR
        return 0 if not self.cold else FAILED_START if failed else 1

    @property
    def kind(self) -> str | None:
        kind = self.annotation("kind")
        return kind if isinstance(kind, str) else None

    @property
    def timed_out(self) -> bool:
        return self.annotation("timeout") is True

    @property
    def memory_mb(self) -> int | None:
        """The memory limit of the run in MB, or None if the record does not contain it."""
        limits = self.annotation("limits")
        return _int_or_none(limits.get("memory")) if isinstance(limits, (dict, Mapping)) else None

    @property
    def peak_mb(self) -> int | None:
        """The peak memory of the run in MB, or None if the host did not measure it."""
        return _int_or_none(self.annotation(MEMORY_PEAK))

    def to_json(self) -> dict[str, Any]:
        """Return the full record as JSON."""
        return {
            **self._head(),
            "subject": self.subject,
            "response": self.response.to_json(),
            "logs": list(self.logs),
        }

    def summary_json(self) -> dict[str, Any]:
        """Return the record as it appears in lists."""
        head = self._head()
        return head if self.end is None else {**head, "statusCode": self.response.status_code}

    def _head(self) -> dict[str, Any]:
        obj: dict[str, Any] = {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "activationId": self.activation_id,
            "start": self.start,
            "annotations": as_json(self.annotations),
            "publish": self.publish,
        }
        if self.end is not None:
            obj["end"] = self.end
            obj["duration"] = self.duration
        if self.cause is not None:
            obj["cause"] = self.cause
        return obj

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Activation:
        """Parse a full record or a list entry from any OpenWhisk host.

        Unknown keys are ignored, and missing optional keys get defaults. Raises InputError if
        ``activationId`` is missing.
        """
        activation_id = obj.get("activationId")
        if not isinstance(activation_id, str) or not activation_id:
            raise InputError("This is not an activation record: it has no activationId.")
        start, end = int(obj.get("start") or 0), _int_or_none(obj.get("end"))
        duration = _int_or_none(obj.get("duration"))
        return cls(
            namespace=str(obj.get("namespace", "_")),
            name=str(obj.get("name", "")),
            version=str(obj.get("version", "0.0.1")),
            subject=str(obj.get("subject", "")),
            activation_id=activation_id,
            start=start,
            # Apache OpenWhisk writes 0 for an activation without an end.
            end=end or None,
            duration=duration if duration is not None or not end else end - start,
            response=ActivationResponse.from_json(obj.get("response") or {}, obj.get("statusCode")),
            logs=tuple(str(line) for line in obj.get("logs") or ()),
            annotations=key_values(obj.get("annotations")),
            cause=obj.get("cause"),
            publish=obj.get("publish") is True,
        )


def _int_or_none(value: object) -> int | None:
    # A bool is an int in Python, but ``true`` is not a number in JSON.
    return value if isinstance(value, int) and not isinstance(value, bool) else None
