"""TargetCheck: whether a target answers and accepts its key, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import NotAuthorized, TargetError, TargetNotReachable
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo, Target, Timeouts
    from jupyter_faas.workspace.results import TargetState


@dataclass(frozen=True)
class TargetCheck:
    """The outcome of asking a target.

    ``info``: what the host says of itself, or None if it does not answer or refuses the key.
    ``in_clear``: whether the API key travels unencrypted to another machine.
    """

    state: TargetState
    info: HostInfo | None = None
    in_clear: bool = False

    @property
    def ok(self) -> bool:
        """Whether a function can be deployed. A stopped playground is started when it is needed."""
        return self.state.state in ("running", "reachable", "stopped")

    @property
    def lines(self) -> tuple[str, ...]:
        """The outcome as one line, followed by a warning or by what to do."""
        name, state = self.state.name, self.state
        if self.info is not None:
            limits, pythons = self.info.limits, self.info.pythons
            runs = f"python {' '.join(pythons)}" if pythons else "no Python kind"
            assumed = (
                "" if self.info.told else " (documented values; the host does not report its own)"
            )
            first = (
                f"{name} responds: namespace {state.namespace}, {runs}, "
                f"{limits.min_memory}-{limits.max_memory} MB{assumed}"
            )
            return (first, *self.warnings)
        if state.state == "stopped":
            return (f"{name} is stopped. It starts automatically when it is needed.",)
        return tuple(filter(None, (f"{name}: {state.message}", state.hint, *self.warnings)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning about a key that others can read, if there is one."""
        if not self.in_clear:
            return ()
        return (
            f"Warning: the connection to {self.state.apihost} is not encrypted. Others on the "
            "network can read the API key. Use https:// if the host supports it.",
        )

    def require(self) -> None:
        """Raise NotAuthorized or TargetNotReachable if a deploy would fail."""
        if not self.ok:
            kind = NotAuthorized if self.state.state == "unauthorized" else TargetNotReachable
            raise kind(self.state.message, hint=self.state.hint)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for ``--json``."""
        known = self.info
        return {
            "name": self.state.name,
            "ok": self.ok,
            "state": self.state.state,
            "namespace": self.state.namespace,
            "python": list(known.pythons) if known else [],
            "memory_mb": {"min": known.limits.min_memory, "max": known.limits.max_memory}
            if known
            else None,
            "kinds_listed": known is not None and known.told,
            "message": self.state.message,
            "hint": self.state.hint,
            "warnings": list(self.warnings),
        }


def ask_target(target: Target, state: TargetState, timeouts: Timeouts) -> TargetCheck:
    """Ask a target for its kinds, and for the namespace of its key.

    ``state`` is the target's state without a request. Errors become part of the outcome.
    """
    from jupyter_faas.client import Client

    client = Client(target, timeouts=timeouts)
    try:
        info = client.info()
        # Only this request needs the API key, so it shows whether the API key is valid.
        namespaces = client.namespaces()
    except TargetError as error:
        failed = replace(
            state,
            state="unauthorized" if isinstance(error, NotAuthorized) else "unreachable",
            message=error.message,
            hint=error.hint,
        )
        return TargetCheck(failed, in_clear=target.sends_key_in_clear)
    finally:
        client.close()
    namespace = target.namespace
    if namespace == "_" and namespaces:
        namespace = namespaces[0]
    reached = replace(
        state,
        state="running" if state.name == PLAYGROUND else "reachable",
        namespace=namespace,
    )
    return TargetCheck(reached, info, target.sends_key_in_clear)
