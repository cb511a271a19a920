"""Exit codes of ``jupyter faas`` by error class. Scripts depend on these numbers."""

from __future__ import annotations

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    ActivationError,
    ActivationInterrupted,
    ActivationNotFound,
    BundleNotFound,
    ChangedElsewhere,
    CleanRoomFailed,
    FaasError,
    ModelNotFound,
    ModelStoreError,
    NotebookFailed,
    PackageNotFound,
    PlaygroundError,
    RuleNotFound,
    TargetError,
    TargetRefused,
    TriggerNotFound,
)

OK = 0
FAILED = 1
BAD_INPUT = 2
TARGET = 3
NOT_FOUND = 4
# 70 and 74 are EX_SOFTWARE and EX_IOERR in BSD's sysexits.h. 130 is 128 + SIGINT, as shells
# report it.
BUG = 70
OUTPUT = 74
INTERRUPTED = 130

MEANINGS: tuple[tuple[int, str], ...] = (
    (OK, "done"),
    (
        FAILED,
        "an activation, a cell of the notebook, a clean-room test or the check of an image failed; "
        "an answer differs; or a canary was rolled back",
    ),
    (BAD_INPUT, "an argument, name or value is invalid, or the target rejected it"),
    (TARGET, "the target is not running, not responding or not configured, or rejected the key"),
    (NOT_FOUND, "the function, package, model, activation, trigger or rule does not exist"),
    (BUG, "a bug in jupyter_faas; a traceback follows"),
    (OUTPUT, "the output cannot be written, for example because the disk is full"),
    (INTERRUPTED, "interrupted with Ctrl-C"),
)

# The first matching row determines the code, so subclasses come before their base classes.
_CODES: tuple[tuple[tuple[type[FaasError], ...], int], ...] = (
    (
        (
            ActionNotFound,
            ActivationNotFound,
            BundleNotFound,
            ModelNotFound,
            PackageNotFound,
            RuleNotFound,
            TriggerNotFound,
        ),
        NOT_FOUND,
    ),
    ((TargetRefused, ActionConflict, ChangedElsewhere), BAD_INPUT),
    ((TargetError, ModelStoreError, PlaygroundError), TARGET),
    ((ActivationInterrupted,), INTERRUPTED),
    ((ActivationError, NotebookFailed, CleanRoomFailed), FAILED),
)


def exit_code(error: FaasError) -> int:
    """Return the exit code for an error. Any class that the table does not list is bad input."""
    for classes, code in _CODES:
        if isinstance(error, classes):
            return code
    return BAD_INPUT
