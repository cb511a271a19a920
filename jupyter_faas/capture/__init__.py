"""From a notebook cell and its live namespace to everything that travels with it.

Reads source by Python's own scoping rules and follows each name to what it is: functions and
classes as source, imports as requirements, constants as literals, arrays and models as objects.
It runs nothing of the user's, and knows neither model formats (``is_model`` comes in as an
argument) nor packages, targets or IPython.
"""

from jupyter_faas.capture.cell import split_cell
from jupyter_faas.capture.fingerprint import fingerprint
from jupyter_faas.capture.function import CapturedFunction, capture
from jupyter_faas.capture.functions import CapturedFunctions, capture_functions
from jupyter_faas.capture.inline import InlineFunction
from jupyter_faas.capture.origins import Origin, binding_lines, find_origins
from jupyter_faas.capture.pieces import CapturedItem, array_bytes
from jupyter_faas.capture.requirements import Requirement

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
