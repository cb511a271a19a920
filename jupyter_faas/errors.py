"""The tree of all errors that a user can see.

FaasError
├── InputError                 what the user wrote is not acceptable
│   ├── NameNotAllowed         a name breaks OpenWhisk's rules
│   ├── LimitOutOfRange        memory, timeout, logs or concurrency outside the bounds
│   ├── KindNotSupported       an unknown runtime kind
│   ├── ParametersRejected     parameters do not fit the function's signature
│   ├── ResultRejected         a function returned a value that JSON cannot hold
│   └── CompositionError       a combinator got an argument that it does not accept
├── CaptureError               a name of the cell cannot be packaged
├── ConversionError            a model has no faithful ONNX form
│   └── ParityError            it converts, but answers differently
├── ExampleFailed              a --test input fails in the notebook, or --expect is not met
├── CleanRoomFailed            a package, run alone, does not answer as the notebook did
├── BundleError                the package itself is wrong
│   ├── BundleNotFound
│   ├── BundleDamaged          a member or the whole does not match its sha256
│   ├── PackageNotFound        no package record with that id
│   ├── VendoringFailed        no wheels for the target's Python, or they could not be fetched
│   └── ModelNotFound          a model stored outside its package is missing
├── ModelStoreError            a model store cannot be used
├── TargetError                a request to the target failed
│   ├── TargetNotConfigured
│   ├── TargetNotReachable     no answer, or not an answer of OpenWhisk
│   ├── NotAuthorized
│   ├── ActionNotFound
│   ├── ActivationNotFound
│   ├── TriggerNotFound
│   ├── RuleNotFound
│   ├── ActionConflict
│   ├── ChangedElsewhere       the action is not what was last deployed from here
│   ├── TargetRefused          it answered 4xx; the message comes from the target
│   └── TargetFailed           it answered 5xx
├── ActivationError            a run that did not succeed
│   ├── ActivationFailed
│   └── ActivationTimedOut     no record within the caller's timeout
├── PlaygroundError            the embedded backend cannot start, stop or store
└── NotebookFailed             a cell failed while a notebook was run for its functions

``code`` is a stable name, which HTTP responses and the CLI's ``--json`` contain.
``http_status`` is the status of the server extension's response.
"""

from __future__ import annotations

from typing import ClassVar


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
    """Raised when an option, a name or a value of the user is not acceptable."""

    code = "bad_input"
    http_status = 400


class NameNotAllowed(InputError):
    """Raised when a name breaks OpenWhisk's rules for names."""

    code = "name_not_allowed"


class LimitOutOfRange(InputError):
    """Raised when memory, timeout, logs or concurrency are outside the target's bounds."""

    code = "limit_out_of_range"


class KindNotSupported(InputError):
    """Raised when a runtime kind is unknown, or no runtime for it is available here."""

    code = "kind_not_supported"


class ParametersRejected(InputError):
    """Raised when parameters do not fit a function's signature."""

    code = "parameters_rejected"


class ResultRejected(InputError):
    """Raised when a function, called in the notebook, returns a value without a JSON form."""

    code = "result_rejected"


class CompositionError(InputError):
    """Raised when a composition is not valid. The message names the node, such as ``root[1]``."""

    code = "composition_not_allowed"


class CaptureError(FaasError):
    """Raised when a name that the cell uses cannot be packaged with it."""

    code = "cannot_capture"
    http_status = 400


class ConversionError(FaasError):
    """Raised when a model has no ONNX form that answers as the model does."""

    code = "cannot_convert"
    http_status = 400


class ParityError(ConversionError):
    """Raised when a model converts, but the ONNX form answers differently on some row."""

    code = "parity_failed"


class ExampleFailed(FaasError):
    """Raised when a function fails on a ``--test`` input, or does not return ``--expect``."""

    code = "example_failed"
    http_status = 400


class CleanRoomFailed(FaasError):
    """Raised when a package, run with only what it declares, fails or answers differently."""

    code = "clean_room_failed"
    http_status = 400


class BundleError(FaasError):
    """Raised when a package cannot be built or read."""

    code = "bundle_error"
    http_status = 400


class BundleNotFound(BundleError):
    """Raised when the store holds no bundle with that sha256."""

    code = "bundle_not_found"
    http_status = 404


class BundleDamaged(BundleError):
    """Raised when bytes do not match their sha256."""

    code = "bundle_damaged"


class PackageNotFound(BundleError):
    """Raised when the store holds no package record with that id."""

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
    """Raised when the target does not do what was requested."""

    code = "target_error"
    http_status = 502


class TargetNotConfigured(TargetError):
    """Raised when a target is unknown or lacks its host or key."""

    code = "target_not_configured"
    http_status = 400


class TargetNotReachable(TargetError):
    """Raised when a target does not answer, or does not answer as OpenWhisk does."""

    code = "target_not_reachable"


class NotAuthorized(TargetError):
    """Raised when the target does not accept the key."""

    code = "not_authorized"


class ActionNotFound(TargetError):
    """Raised when the target has no action with that name."""

    code = "action_not_found"
    http_status = 404


class ActivationNotFound(TargetError):
    """Raised when the target has no activation record with that id."""

    code = "activation_not_found"
    http_status = 404


class TriggerNotFound(TargetError):
    """Raised when the target has no trigger with that name."""

    code = "trigger_not_found"
    http_status = 404


class RuleNotFound(TargetError):
    """Raised when the target has no rule with that name."""

    code = "rule_not_found"
    http_status = 404


class ActionConflict(TargetError):
    """Raised when the target answers 409: the name is taken."""

    code = "action_conflict"
    http_status = 409


class ChangedElsewhere(TargetError):
    """Raised when a deploy would overwrite another person's change. ``force`` overwrites it."""

    code = "changed_elsewhere"
    http_status = 409


class TargetRefused(TargetError):
    """Raised when the target refuses a request. The message comes from the target."""

    code = "target_refused"
    http_status = 400


class TargetFailed(TargetError):
    """Raised when the target answers 5xx: it failed to handle the request."""

    code = "target_failed"


class ActivationError(FaasError):
    """Raised when a run did not succeed."""

    code = "activation_error"
    http_status = 502


class ActivationFailed(ActivationError):
    """Raised when an activation ended with a status other than success."""

    code = "activation_failed"


class ActivationTimedOut(ActivationError):
    """Raised when no activation record appeared within the caller's timeout."""

    code = "activation_timed_out"
    http_status = 504


class PlaygroundError(FaasError):
    """Raised when the embedded backend cannot start, stop or keep its records."""

    code = "playground_error"


class NotebookFailed(FaasError):
    """Raised when a cell failed while a notebook was run for its functions."""

    code = "notebook_failed"
    http_status = 400
