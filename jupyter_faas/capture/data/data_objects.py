"""The data objects of one capture: what can be written, and the check of what was written."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_faas.capture.data.action_code import read_files
from jupyter_faas.capture.data.encoder import Encoder
from jupyter_faas.capture.data.library_objects import public_module
from jupyter_faas.capture.data.nodes import DataTooLarge, NotData

# Modules of Python whose objects are plain state, or a database that can be copied. Objects of
# other modules hold files, connections or threads.
_OF_PYTHON = frozenset(
    ("argparse", "random", "statistics", "string", "configparser", "textwrap", "sqlite3", "xml")
) | {"difflib", "calendar", "graphlib", "ast", "inspect", "json", "html", "pprint", "reprlib"}


@dataclass(frozen=True)
class EncodedData:
    """The files of an object by their endings, and the modules that the action imports for it.

    ``code`` contains the functions and classes of the notebook inside the object, ``memory`` the
    object's numpy arrays, and ``objects``, by id, what code may change in it.
    """

    files: Mapping[str, bytes]
    modules: frozenset[str]
    code: tuple[object, ...] = ()
    memory: tuple[Any, ...] = ()
    objects: Mapping[int, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return the size of all files in bytes."""
        return sum(map(len, self.files.values()))


class DataObjects:
    """An encoder for data objects, which checks each object and remembers the result.

    ``is_available`` says whether an action can import a module. Modules of the notebook and of the
    user are not available to data objects. ``is_own`` says whether the notebook defines a function
    or class, which an object may refer to.
    """

    def __init__(
        self,
        is_available: Callable[[str], bool],
        is_own: Callable[[object], bool] = lambda _: False,
    ) -> None:
        self._is_available = is_available
        self._is_own = is_own
        # Values are kept as well, because the id of a dead object may be reused.
        self._encoded: dict[int, tuple[Any, EncodedData | NotData | DataTooLarge]] = {}

    def is_candidate(self, value: object) -> bool:
        """Return whether ``value`` is an object of an installed library, but no code."""
        kind = type(value)
        top = kind.__module__.partition(".")[0]
        if top in _OF_PYTHON:
            return True
        if top in sys.stdlib_module_names or top in ("__main__", "jupyter_faas"):
            return False
        is_code = isinstance(value, type | types.ModuleType | types.FunctionType)
        return not is_code and self._is_available(public_module(kind))

    def encode(self, value: object) -> EncodedData:
        """Return the files of ``value``.

        Raises NotData if the object, or a part of it, cannot be written or would not be the same in
        the action. Raises DataTooLarge if the files are too large.
        """
        if id(value) not in self._encoded:
            try:
                found: EncodedData | NotData | DataTooLarge = self._encode(value)
            except (NotData, DataTooLarge) as error:
                found = error
            self._encoded[id(value)] = (value, found)
        result = self._encoded[id(value)][1]
        if isinstance(result, EncodedData):
            return result
        raise result

    def _encode(self, value: object) -> EncodedData:
        encoder = Encoder(self._is_available, self._is_own)
        try:
            files = encoder.files(value)
            # What the action would load is written again. Every difference in type, order, missing
            # values or state is then a difference in the files.
            loaded = read_files(files, encoder.code)
            again = Encoder(self._is_available, self._is_own).files(loaded)
        except (NotData, DataTooLarge):
            raise
        # Any code of the library may run here, and may raise any exception.
        except Exception as error:
            raise NotData("", value) from error
        if type(loaded) is not type(value) or again != files or not _equal(value, loaded):
            raise NotData("", value)
        code, memory = tuple(encoder.code), tuple(encoder.memory)
        return EncodedData(files, frozenset(encoder.modules), code, memory, encoder.objects)


def is_frame(value: object) -> bool:
    """Return whether ``value`` is an object of pandas, whose attributes users know."""
    return type(value).__module__.partition(".")[0] == "pandas"


def _equal(value: Any, loaded: Any) -> bool:
    """Return whether a frame's own comparison finds two values equal. True for other types."""
    if is_frame(value) and hasattr(value, "equals"):
        return bool(value.equals(loaded))
    return True
