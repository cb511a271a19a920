"""The layout of a composition's package.

__main__.py                 the conductor (shipped/conductor) of a Python composition
captured.py                 the inline Python functions, if any
index.js, package.json      the conductor that npm's Composer generated, instead of the files above
composition.py              the cell, if the composition comes from one
composition.json            the syntax tree, the lowered tree and the states
faas_conductor_host.py, faas_conductor_values.py   modules that __main__.py imports
faas_images.py, …           as in layout.py, which also adds data, files and requirements
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle.layout import (
    CONDUCTOR,
    add_user_files,
    data_members,
    function_text,
    image_files,
    shipped_text,
)
from jupyter_faas.bundle.members import COMPOSITION, COMPOSITION_CELL
from jupyter_faas.errors import BundleDamaged

if TYPE_CHECKING:
    from jupyter_faas.bundle.archive import Bundle


@dataclass(frozen=True)
class CompositionFiles:
    """The content of a composition's package, as plain data.

    ``document`` is the content of composition.json. Its keys are ``ast``, ``composition`` (the
    lowered tree), ``version``, and ``fsm`` (the states) if the Python conductor runs the
    composition. ``cell_text`` is the cell with its magic line, or empty if the composition does
    not come from a cell. ``captured_source`` is the source that defines the inline Python
    functions, or empty if there are none. ``javascript`` is the conductor that npm's Composer
    generated, or empty if the Python conductor is used.
    """

    document: Mapping[str, Any]
    cell_text: str = ""
    captured_source: str = ""
    arrays: Mapping[str, bytes] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict)
    includes: Mapping[str, bytes] = field(default_factory=dict)
    requirements: Mapping[str, str] = field(default_factory=dict)
    images: bool = False
    javascript: str = ""


def lay_out_composition(
    composition: CompositionFiles, shipped: Callable[[str], str] = shipped_text
) -> dict[str, bytes]:
    """Return the members of the package by path, without the manifest.

    A package with neither ``fsm`` nor ``javascript`` can be displayed but not run. Raises
    BundleError under the same conditions as ``lay_out``.
    """
    # A user's constant may contain a lone surrogate, which UTF-8 rejects without surrogatepass.
    files = {COMPOSITION: document_text(composition.document).encode("utf-8", "surrogatepass")}
    if composition.cell_text:
        files[COMPOSITION_CELL] = function_text(composition.cell_text).encode()
    if composition.javascript:
        files["index.js"] = composition.javascript.encode()
        files["package.json"] = b'{"main": "index.js"}\n'
    elif "fsm" in composition.document:
        files["__main__.py"] = shipped("conductor/conductor_main.py").encode()
        files |= {f"{module}.py": shipped(file).encode() for module, file in CONDUCTOR.items()}
    if composition.captured_source:
        files["captured.py"] = composition.captured_source.encode()
    if composition.images:
        files |= image_files(shipped)
    files |= data_members(composition.captured_source, composition.data, shipped)
    add_user_files(files, composition.arrays, composition.includes, composition.requirements)
    return files


def document_text(document: Mapping[str, Any]) -> str:
    """Return the text of composition.json, indented so that diffs are readable."""
    return f"{json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)}\n"


def is_composition(bundle: Bundle) -> bool:
    """Return whether the package contains a composition rather than a function."""
    # A function's package may also include a file named composition.json, but always contains
    # function.py.
    return COMPOSITION in bundle.manifest.files and "function.py" not in bundle.manifest.files


def can_run(bundle: Bundle) -> bool:
    """Return whether a composition's package contains a conductor, and can therefore run."""
    return bool({"__main__.py", "index.js"} & bundle.manifest.files.keys())


def composition_of(bundle: Bundle) -> dict[str, Any] | None:
    """Return the parsed composition.json, or None if the package contains a function.

    Raises BundleDamaged when composition.json is not a JSON object with an ``ast``.
    """
    if not is_composition(bundle):
        return None
    try:
        document = json.loads(bundle.read(COMPOSITION))
    except (ValueError, RecursionError) as error:
        raise BundleDamaged(f"composition.json is not JSON: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("ast"), dict):
        raise BundleDamaged("composition.json does not contain a composition.")
    return document
