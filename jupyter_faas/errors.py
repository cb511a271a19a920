"""The tree of all errors that a user can see.

FaasError
├── InputError                 the user's input is not valid
│   ├── NameNotAllowed         a name breaks OpenWhisk's rules
│   ├── LimitOutOfRange        memory, timeout, logs or concurrency outside the bounds
│   ├── KindNotSupported       a runtime kind is unknown, or not supported here
│   ├── ParametersRejected     parameters do not match the function's signature
│   ├── ResultRejected         a function's result is not JSON-serializable
│   ├── FieldRejected          a field of a form is not valid; ``field`` names it
│   │   └── TargetTestFailed   a new target does not answer, or refuses its key
│   └── CompositionError       a composition is not valid
├── CaptureError               a name that the cell uses cannot be packaged
├── ConversionError            a model cannot be converted
│   └── ParityError            a converted model returns other results than the original
├── ExampleFailed              a --test input fails in the notebook, or --expect does not match
├── CleanRoomFailed            a package fails or returns other results outside the notebook
├── BundleError                a package cannot be built or read
│   ├── BundleNotFound
│   ├── BundleDamaged          the zip or one of its files does not match its sha256
│   ├── PackageNotFound        no package record with that id
│   ├── VendoringFailed        the wheels do not exist or could not be downloaded
│   └── ModelNotFound          a model stored outside its package is missing
├── ModelStoreError            a model store cannot be used
├── TargetError                a request to the target failed
│   ├── TargetNotConfigured
│   ├── TargetNotReachable     no response, or a response that is not from OpenWhisk
│   │   ├── RequestNotSent     no connection, so the request was certainly not carried out
│   │   └── ConnectionBroken   the request may have been carried out
│   ├── NotAuthorized
│   ├── ActionNotFound
│   ├── ActivationNotFound
│   ├── TriggerNotFound
│   ├── RuleNotFound
│   ├── ActionConflict
│   ├── ChangedElsewhere       another person or tool changed the action after the last deploy
│   ├── TargetRefused          the status is 4xx; the message comes from the target
│   └── TargetFailed           the status is 5xx
├── ActivationError            a run did not succeed
│   ├── ActivationFailed
│   └── ActivationTimedOut     no activation record within the caller's timeout
├── NotInstalled               a library that a task needs is not installed in this environment
├── MachineError               a file of this machine cannot be used: permission, full disk
├── PlaygroundError            the playground cannot start, stop or store its data
└── NotebookFailed             a cell failed while a notebook was run for its functions

``code`` is a stable name, which HTTP responses and the CLI's ``--json`` contain.
``http_status`` is the status of the server extension's response.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar


class FaasError(Exception):
    """Base of all errors: what happened (``message``) and what to do (``hint``, may be empty)."""

    code: ClassVar[str] = "faas_error"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def to_json(self) -> dict[str, Any]:
        """Return the error as every surface sends it: ``{"code", "message", "hint"}``."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (the conversion helper), and the default
        # reduction would lose the keyword-only hint.
        return (_rebuild, (type(self), self.message, self.hint, dict(self.__dict__)))

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints instead of a traceback; the cell still fails."""
        lines = [f"{type(self).__name__}: {self.message}"]
        if self.hint:
            lines += ["", *self.hint.splitlines()]
        return lines


def _rebuild(kind: type[FaasError], message: str, hint: str, state: dict[str, object]) -> FaasError:
    # Subclasses may take other arguments, so their ``__init__`` is skipped. Their attributes come
    # from ``state``.
    error = kind.__new__(kind, message)
    FaasError.__init__(error, message, hint=hint)
    error.__dict__.update(state)
    return error


class InputError(FaasError):
    """Raised when an option, a name or a value from the user is not valid."""

    code = "bad_input"
    http_status = 400


class NameNotAllowed(InputError):
    """Raised when a name breaks OpenWhisk's rules for names."""

    code = "name_not_allowed"


class LimitOutOfRange(InputError):
    """Raised when memory, timeout, logs or concurrency are outside the target's bounds."""

    code = "limit_out_of_range"


class KindNotSupported(InputError):
    """Raised when a runtime kind is unknown, or is not supported on this machine or target."""

    code = "kind_not_supported"


class ParametersRejected(InputError):
    """Raised when parameters do not match a function's signature."""

    code = "parameters_rejected"


class ResultRejected(InputError):
    """Raised when a function's result in the notebook is not JSON-serializable."""

    code = "result_rejected"


class FieldRejected(InputError):
    """Raised when a field of a form is not valid.

    ``field`` is the key of the field in the request, so that the form can show the error there.
    """

    code = "field_rejected"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field

    def to_json(self) -> dict[str, str]:
        """Return the error with the name of the field."""
        return {**super().to_json(), "field": self.field}


class TargetTestFailed(FieldRejected):
    """Raised when a new target does not answer or refuses its key. It can still be added."""

    code = "target_test_failed"


class CompositionError(InputError):
    """Raised when a composition is not valid. The message names the node, such as ``root[1]``."""

    code = "composition_not_allowed"


class CaptureError(FaasError):
    """Raised when a name that the cell uses cannot be packaged with it."""

    code = "cannot_capture"
    http_status = 400


class ConversionError(FaasError):
    """Raised when a model cannot be converted to the format in which it is packaged."""

    code = "cannot_convert"
    http_status = 400


class ParityError(ConversionError):
    """Raised when a converted model returns other results than the original for some rows."""

    code = "parity_failed"


class ExampleFailed(FaasError):
    """Raised when a function fails for a ``--test`` input, or its result is not ``--expect``."""

    code = "example_failed"
    http_status = 400


class CleanRoomFailed(FaasError):
    """Raised when a package fails in the clean-room test, or returns other results there."""

    code = "clean_room_failed"
    http_status = 400


class BundleError(FaasError):
    """Raised when a package cannot be built or read."""

    code = "bundle_error"
    http_status = 400


class BundleNotFound(BundleError):
    """Raised when the store does not contain a bundle with that sha256."""

    code = "bundle_not_found"
    http_status = 404


class BundleDamaged(BundleError):
    """Raised when a bundle or record is invalid, or does not match its sha256."""

    code = "bundle_damaged"


class PackageNotFound(BundleError):
    """Raised when the store does not contain a package record with that id."""

    code = "package_not_found"
    http_status = 404


class VendoringFailed(BundleError):
    """Raised when the wheels for a package do not exist or could not be downloaded."""

    code = "vendoring_failed"


class ModelNotFound(BundleError):
    """Raised when a model that is stored outside its package is missing or damaged."""

    code = "model_not_found"
    http_status = 404


class ModelStoreError(FaasError):
    """Raised when a model store is not configured, or an upload or download fails."""

    code = "model_store_error"
    http_status = 502


class TargetError(FaasError):
    """Raised when a request to the target fails.

    ``status`` is the HTTP status of the target's response, or None if it is not known.
    """

    code = "target_error"
    http_status = 502
    status: int | None = None


class TargetNotConfigured(TargetError):
    """Raised when a target is unknown, or its host or API key is missing or invalid."""

    code = "target_not_configured"
    http_status = 400


class TargetNotReachable(TargetError):
    """Raised when a target does not respond, or its response is not one of OpenWhisk's."""

    code = "target_not_reachable"


class RequestNotSent(TargetNotReachable):
    """Raised when no connection was established, so that the request was not carried out."""


class ConnectionBroken(TargetNotReachable):
    """Raised when a connection breaks after a request was sent, which may have been carried out."""


class NotAuthorized(TargetError):
    """Raised when the target does not accept the API key."""

    code = "not_authorized"


class ActionNotFound(TargetError):
    """Raised when the target does not have an action with that name."""

    code = "action_not_found"
    http_status = 404


class ActivationNotFound(TargetError):
    """Raised when the target does not have an activation record with that id."""

    code = "activation_not_found"
    http_status = 404


class TriggerNotFound(TargetError):
    """Raised when the target does not have a trigger with that name."""

    code = "trigger_not_found"
    http_status = 404


class RuleNotFound(TargetError):
    """Raised when the target does not have a rule with that name."""

    code = "rule_not_found"
    http_status = 404


class ActionConflict(TargetError):
    """Raised when the target responds with 409.

    The name is already in use, or somebody else has just changed the action.
    """

    code = "action_conflict"
    http_status = 409

    @property
    def is_name_of_another_kind(self) -> bool:
        """Whether an entity of another kind, such as a package, has the name of an action."""
        return "not in this collection" in self.message


class ChangedElsewhere(TargetError):
    """Raised when a deploy without ``force`` would overwrite a change by another user or tool.

    ``parts`` are the message with its versions and times as values, ``{"version": "0.0.2"}`` and
    ``{"time": ms since 1970}``, which a browser shows in its own time zone.
    """

    code = "changed_elsewhere"
    http_status = 409

    def __init__(
        self, message: str, *, hint: str = "", parts: Sequence[str | Mapping[str, object]] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.parts = tuple(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the error, with ``parts`` if they are known."""
        return {**super().to_json(), **({"parts": list(self.parts)} if self.parts else {})}


class TargetRefused(TargetError):
    """Raised when the target rejects a request. The message comes from the target."""

    code = "target_refused"
    http_status = 400


class TargetFailed(TargetError):
    """Raised when the target responds with 5xx, because it failed to handle the request."""

    code = "target_failed"


class ActivationError(FaasError):
    """Raised when a run did not succeed."""

    code = "activation_error"
    http_status = 502


class ActivationFailed(ActivationError):
    """Raised when an activation ended with a status other than success."""

    code = "activation_failed"


class ActivationInterrupted(ActivationError):
    """The user interrupted the wait for an activation."""

    code = "activation_interrupted"


class ActivationTimedOut(ActivationError):
    """Raised when no activation record appeared within the caller's timeout."""

    code = "activation_timed_out"
    http_status = 504


class ActivationLost(ActivationError):
    """Raised when the target ended during a run and has no record of it."""

    code = "activation_lost"


class NotInstalled(FaasError):
    """Raised when a task needs a library that is not installed in this environment."""

    code = "not_installed"
    http_status = 400


class PlaygroundError(FaasError):
    """Raised when the playground cannot start, stop or store its data."""

    code = "playground_error"


class NotebookFailed(FaasError):
    """Raised when a cell failed while a notebook was run for its functions."""

    code = "notebook_failed"
    http_status = 400


class MachineError(FaasError):
    """Raised when a file or folder cannot be used, for a reason that only the user can change."""

    code = "machine_error"

    @classmethod
    def from_os_error(cls, error: OSError) -> MachineError | None:
        """Return the error for an OSError, or None if its cause may be a bug."""
        hint = _OS_HINTS.get(error.errno or 0)
        if hint is None:
            return None
        return cls(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", hint=hint)


@contextmanager
def machine_errors() -> Iterator[None]:
    """Raise a MachineError instead of an OSError whose cause only the user can change."""
    try:
        yield
    except OSError as error:
        known = MachineError.from_os_error(error)
        if known is None:
            raise
        raise known from error


_PERMISSION = "Check its owner and permissions, or choose another folder."
_SPACE = "Free some space and try again."
_PATH = "Choose another path."
_OPEN_FILES = "Close other programs, or allow more open files: ulimit -n 4096"
_OS_HINTS = {
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: "The file system is read-only. Choose another folder.",
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "The file would exceed the maximum file size. To raise it: ulimit -f unlimited",
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.EIO: "Check the disk for errors.",
    errno.ENOLCK: "The file system does not support file locks. Choose a folder on a local disk.",
    errno.ENAMETOOLONG: "Choose a shorter path.",
    errno.EEXIST: _PATH,
    errno.ENOTDIR: _PATH,
    errno.EISDIR: _PATH,
    errno.ELOOP: _PATH,
}


def listed(names: Iterable[str]) -> str:
    """Return one or more names as the words of a message, such as ``a, b and c``."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
