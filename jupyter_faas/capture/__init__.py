"""Capture of a notebook cell and everything that the cell uses from the live namespace.

This package analyzes source with Python's scoping rules and looks up each name in the namespace.
Functions and classes become source code, imports become requirements, and constants become
literals. Arrays and models remain live objects. The package does not depend on model formats
(callers pass ``is_model``), packaging, targets or IPython.
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
from jupyter_faas.capture.model_code import ModelCode
from jupyter_faas.capture.source.cells import split_cell
from jupyter_faas.capture.source.origins import Origin, binding_lines, find_origins

__all__ = [
    "CapturedFunction",
    "CapturedFunctions",
    "CapturedItem",
    "InlineFunction",
    "ModelCode",
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
