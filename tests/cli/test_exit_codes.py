"""Exit codes, which scripts lean on."""

from __future__ import annotations

import pytest

from jupyter_faas import errors
from jupyter_faas.cli.exit_codes import MEANINGS, exit_code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ActivationFailed, 1),
        (errors.ActivationTimedOut, 1),
        (errors.NotebookFailed, 1),
        (errors.InputError, 2),
        (errors.ParametersRejected, 2),
        (errors.CaptureError, 2),
        (errors.ParityError, 2),
        (errors.BundleDamaged, 2),
        (errors.TargetRefused, 2),
        (errors.ActionConflict, 2),
        (errors.ChangedElsewhere, 2),
        (errors.TargetNotConfigured, 3),
        (errors.TargetNotReachable, 3),
        (errors.NotAuthorized, 3),
        (errors.TargetFailed, 3),
        (errors.PlaygroundError, 3),
        (errors.ActionNotFound, 4),
        (errors.ActivationNotFound, 4),
        (errors.PackageNotFound, 4),
        (errors.BundleNotFound, 4),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_exit_code(kind: type[errors.FaasError], code: int) -> None:
    assert exit_code(kind("it broke")) == code
    assert code in dict(MEANINGS)
