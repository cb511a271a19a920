"""Capture a notebook cell, and everything that it uses from the live namespace.

This package reads source by Python's own scoping rules and looks up each name in the namespace.
Functions and classes become source, imports become requirements, constants become literals;
arrays and models stay live objects. No user code is executed. Model formats (``is_model`` is
passed in as an argument), packages, targets and IPython are outside its scope.
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
