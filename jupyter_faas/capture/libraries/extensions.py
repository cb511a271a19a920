"""Methods and accessors that the notebook, or a module that it imports, adds to library classes.

Examples are ``pandas.Series.zscore = zscore``, an accessor of the notebook's
(``@pandas.api.extensions.register_dataframe_accessor("geo")``), ``tqdm.pandas()``, and
``import janitor``, which adds methods to data frames. The code reads them as attributes of a value,
so that no name leads to them.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# The classes to which other code adds methods, by library.
_CLASSES: Mapping[str, tuple[str, ...]] = {
    "pandas": (
        *("DataFrame", "Series", "Index"),
        *("api.typing.DataFrameGroupBy", "api.typing.SeriesGroupBy"),
    ),
    "polars": ("DataFrame", "LazyFrame", "Series", "Expr"),
}
# Libraries that add the functions of others to a class.
_REGISTRARS = ("pandas_flavor",)
_REGISTER = {
    "pandas.DataFrame": "pandas.api.extensions.register_dataframe_accessor",
    "pandas.Series": "pandas.api.extensions.register_series_accessor",
    "pandas.Index": "pandas.api.extensions.register_index_accessor",
    "polars.DataFrame": "polars.api.register_dataframe_namespace",
    "polars.LazyFrame": "polars.api.register_lazyframe_namespace",
    "polars.Series": "polars.api.register_series_namespace",
    "polars.Expr": "polars.api.register_expr_namespace",
}


@dataclass(frozen=True)
class Extension:
    """An attribute ``member`` of a library's class (``pandas.Series``) that others have added.

    ``code`` is the function or the class that makes it. ``register`` is the function that adds an
    accessor's class, or empty for a method. ``is_property`` is true for a property.
    """

    owner: str
    member: str
    code: Any
    register: str
    is_property: bool

    @property
    def name(self) -> str:
        return f"{self.owner}.{self.member}"

    @property
    def library(self) -> str:
        return self.owner.partition(".")[0]

    @property
    def module(self) -> str:
        """The module that defines ``code``, such as ``__main__``."""
        return str(getattr(self.code, "__module__", ""))


def find_extensions(members: Collection[str]) -> Iterator[Extension]:
    """Yield the extensions among the attribute names ``members`` that code reads."""
    for library, classes in _CLASSES.items():
        module = sys.modules.get(library)
        for path in classes if module is not None else ():
            owner = _attribute(module, path)
            for member in sorted(members) if isinstance(owner, type) else ():
                found = _extension(f"{library}.{path}", owner, member, library)
                if found is not None:
                    yield found


def _attribute(module: Any, path: str) -> Any:
    found = module
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _extension(path: str, owner: Any, member: str, library: str) -> Extension | None:
    raw = vars(owner).get(member)
    if raw is None:
        return None
    # An accessor of pandas has the class in ``_accessor``, and a namespace of polars in ``_ns``.
    inner = getattr(raw, "_ns", None) or getattr(raw, "_accessor", None)
    if isinstance(inner, type):
        code, register = _registered(inner), _REGISTER.get(path, "")
        register = "" if code is not inner else register
    elif isinstance(raw, property):
        code, register = raw.fget, ""
    else:
        code, register = raw, ""
    if not isinstance(code, type | types.FunctionType):
        return None
    found = Extension(path, member, code, register, isinstance(raw, property))
    return None if found.module.partition(".")[0] == library else found


def _registered(accessor: type) -> Any:
    """Return the function that a registrar has wrapped in an accessor class, or the class."""
    if accessor.__module__.partition(".")[0] not in _REGISTRARS:
        return accessor
    for method in vars(accessor).values():
        for cell in getattr(method, "__closure__", None) or ():
            content = cell.cell_contents
            if isinstance(content, types.FunctionType) and not content.__module__.startswith(
                _REGISTRARS
            ):
                return content
    return accessor


def is_of_tqdm(extension: Extension) -> bool:
    """Return whether ``tqdm.pandas()`` has added the method, such as ``progress_apply``."""
    return extension.module.partition(".")[0] == "tqdm"
