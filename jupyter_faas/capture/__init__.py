"""Capture a notebook cell, and everything that it uses from the live namespace.

Reads source by Python's own scoping rules and follows each name to what it is: functions and
classes as source, imports as requirements, constants as literals, arrays and models as objects.
It runs nothing of the user's, and knows neither model formats (``is_model`` comes in as an
argument) nor packages, targets or IPython.
"""

from jupyter_faas.capture.capture import (
    CapturedFunction,
    CapturedFunctions,
    capture,
    capture_functions,
)
from jupyter_faas.capture.captured_names import CapturedItem, array_bytes
from jupyter_faas.capture.composition_closure import InlineFunction
from jupyter_faas.capture.dependencies.requirements import Requirement
from jupyter_faas.capture.fingerprint import fingerprint
from jupyter_faas.capture.source.cells import split_cell
from jupyter_faas.capture.source.origins import Origin, binding_lines, find_origins

__all__ = [
    "CapturedFunction",
    "CapturedFunctions",
    "CapturedItem",
    "InlineFunction",
    "Origin",
    "Requirement",
    "array_bytes",
    "binding_lines",
    "capture",
    "capture_functions",
    "find_origins",
    "fingerprint",
    "split_cell",
]
