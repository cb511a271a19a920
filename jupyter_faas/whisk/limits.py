"""The limits of an action (``ActionLimits``), and a host's bounds for them (``SystemLimits``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_faas.errors import LimitOutOfRange

MB = 1024 * 1024


class ActionLimits(NamedTuple):
    """The limits of an action.

    ``timeout`` is in ms, ``memory`` and ``logs`` are in MB, and ``concurrency`` is in runs per
    container. ``instances`` is the number of containers that the action may use, or None if it is
    not limited.
    """

    timeout: int = 60_000
    memory: int = 256
    logs: int = 10
    concurrency: int = 1
    instances: int | None = None

    def to_json(self) -> dict[str, int]:
        return {name: value for name, value in self._asdict().items() if value is not None}

    @classmethod
    def from_json(cls, obj: object, base: ActionLimits | None = None) -> ActionLimits:
        """Parse limits.

        Limits that are missing or null are taken from ``base``, or from the defaults if ``base`` is
        None. Unknown fields are ignored. Raises LimitOutOfRange if a limit is not a whole number.
        ``SystemLimits.check`` compares the limits with the bounds of a host.
        """
        if obj is None:
            return base or cls()
        if not isinstance(obj, Mapping):
            raise LimitOutOfRange("Object expected in field 'timeout'")
        values = (base or cls()).to_json()
        for name, title in _TITLES.items():
            given = obj.get(name)
            if given is not None:
                values[name] = _whole_number(title, given)
        if min(values["memory"], values["logs"]) < 0:
            raise LimitOutOfRange(
                "requirement failed: a negative size of an object is not allowed."
            )
        if values.get("instances", 0) < 0:
            raise LimitOutOfRange(
                "requirement failed: Action container concurrency must be greater than or equal "
                "to 0."
            )
        return cls(**values)


# The names of the limits in OpenWhisk's messages.
_TITLES = {
    "memory": "memory limit",
    "timeout": "time limit",
    "logs": "log limit",
    "concurrency": "concurrency limit",
    "instances": "instance limit",
}


def _whole_number(title: str, value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise LimitOutOfRange(f"{title} malformed")
    # OpenWhisk accepts whole numbers that are written as floats, such as ``1000.0``.
    if value != int(value):
        raise LimitOutOfRange(f"requirement failed: {title} must be whole number")
    # OpenWhisk keeps the lower 32 bits, so that larger numbers may become negative.
    return (int(value) + 2**31) % 2**32 - 2**31


class SystemLimits(NamedTuple):
    """The bounds of a host. The defaults are those of Apache OpenWhisk (contract §1.3).

    Timeouts and ``max_blocking`` are in ms, memory and logs are in MB, and ``…_bytes`` in bytes.
    """

    min_timeout: int = 100
    max_timeout: int = 300_000
    min_memory: int = 128
    max_memory: int = 512
    min_logs: int = 0
    max_logs: int = 10
    min_concurrency: int = 1
    max_concurrency: int = 1
    max_code_bytes: int = 48 * MB
    max_parameter_bytes: int = MB
    max_annotation_bytes: int = MB
    max_payload_bytes: int = MB
    max_result_bytes: int = MB
    max_sequence_length: int = 50
    max_blocking: int = 60_000

    def check(self, limits: ActionLimits) -> ActionLimits:
        """Check that all limits of an action are within the bounds, and return them.

        Raises LimitOutOfRange with OpenWhisk's message, such as
        ``requirement failed: memory size 1024 MB exceeds allowed threshold of 512 MB``.
        """
        rows = (
            ("memory size", " MB", limits.memory, self.min_memory, self.max_memory),
            ("duration", " milliseconds", limits.timeout, self.min_timeout, self.max_timeout),
            ("log size", " MB", limits.logs, self.min_logs, self.max_logs),
            (
                "concurrency",
                "",
                limits.concurrency,
                self.min_concurrency,
                self.max_concurrency,
            ),
        )
        for what, unit, value, least, most in rows:
            if value > most:
                raise LimitOutOfRange(
                    f"requirement failed: {what} {value}{unit} exceeds allowed threshold of "
                    f"{most}{unit}"
                )
            if value < least:
                raise LimitOutOfRange(
                    f"requirement failed: {what} {value}{unit} below allowed threshold of "
                    f"{least}{unit}"
                )
        return limits

    def info_json(self) -> dict[str, int]:
        """Return the bounds for the response to ``GET /``, where memory and logs are in bytes."""
        bounds = {
            "min_action_duration": self.min_timeout,
            "max_action_duration": self.max_timeout,
            "min_action_memory": self.min_memory * MB,
            "max_action_memory": self.max_memory * MB,
            "min_action_logs": self.min_logs * MB,
            "max_action_logs": self.max_logs * MB,
        }
        # OpenWhisk also advertises the default bounds of a namespace, which are the same here.
        defaults = {f"default_{name}": value for name, value in bounds.items()}
        return {"sequence_length": self.max_sequence_length, **defaults, **bounds}

    @classmethod
    def from_info(cls, limits: Mapping[str, Any]) -> SystemLimits:
        """Parse the bounds that a host advertises at ``GET /``. Missing bounds get the defaults."""
        known = cls()

        def number(key: str, otherwise: int, unit: int = 1) -> int:
            value = limits.get(key)
            return value // unit if isinstance(value, int) else otherwise

        return cls(
            min_timeout=number("min_action_duration", known.min_timeout),
            max_timeout=number("max_action_duration", known.max_timeout),
            min_memory=number("min_action_memory", known.min_memory, MB),
            max_memory=number("max_action_memory", known.max_memory, MB),
            min_logs=number("min_action_logs", known.min_logs, MB),
            max_logs=number("max_action_logs", known.max_logs, MB),
            max_sequence_length=number("sequence_length", known.max_sequence_length),
        )

    def namespace_json(self) -> dict[str, int | str]:
        """Return the bounds for ``GET /namespaces/{ns}/limits``, with memory and logs in MB."""
        return {
            "minActionMemory": self.min_memory,
            "maxActionMemory": self.max_memory,
            "minActionLogs": self.min_logs,
            "maxActionLogs": self.max_logs,
            "minActionTimeout": self.min_timeout,
            "maxActionTimeout": self.max_timeout,
            "minActionConcurrency": self.min_concurrency,
            "maxActionConcurrency": self.max_concurrency,
            "maxParameterSize": f"{self.max_parameter_bytes} B",
        }
