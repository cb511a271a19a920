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
# 70 is EX_SOFTWARE in BSD's sysexits.h. 130 is 128 + SIGINT, as shells report it.
BUG = 70
INTERRUPTED = 130

MEANINGS: tuple[tuple[int, str], ...] = (
    (OK, "done"),
    (FAILED, "the activation failed, a cell of the notebook, or a package on its own"),
    (BAD_INPUT, "the words, names or values are not acceptable, here or to the target"),
    (TARGET, "the target does not run, answer or take the key, or is not configured"),
    (NOT_FOUND, "there is no such function, activation, trigger or rule"),
    (BUG, "a bug of ours; a traceback follows"),
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
