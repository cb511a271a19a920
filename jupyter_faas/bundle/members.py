"""Rules for the members of a package: reserved names, safe paths, order and size limits."""

from __future__ import annotations

from pathlib import PurePosixPath

from jupyter_faas.bundle.manifest import MANIFEST

# These limits protect against zip bombs, because a package may come from another person.
# MAX_UNPACKED is in bytes.
MAX_MEMBERS = 10_000
MAX_UNPACKED = 1_000_000_000

COMPOSITION = "composition.json"
COMPOSITION_CELL = "composition.py"

# These files are generated, and listed in the order in which people want to read them.
_FIRST = (
    "__main__.py",
    "faas_action.py",
    "function.py",
    "captured.py",
    "faas_environment.py",
    "faas_parameters.py",
    "faas_results.py",
    "faas_library_values.py",
    "faas_objects.py",
    "faas_models.py",
    "faas_model_inputs.py",
    "faas_ready.py",
    "faas_sparse_rows.py",
    "faas_estimators.py",
    "faas_data.py",
    "faas_data_libraries.py",
    "faas_store.py",
    "faas_download.py",
    "faas_images.py",
    "faas_image_download.py",
    "jupyter_faas.py",
)
# Packages of compositions also contain these files. The names are not reserved, so a function may
# include files with these names.
_COMPOSED = (
    *("index.js", COMPOSITION_CELL, COMPOSITION),
    *("faas_conductor_host.py", "faas_conductor_values.py"),
)
# These files of ours are the same in all packages that have them. They differ only between versions
# of jupyter_faas.
SHIPPED_FILES = frozenset(
    {*_FIRST, "faas_conductor_host.py", "faas_conductor_values.py"}
    - {"function.py", "captured.py", "faas_environment.py"}
)
_FOLDERS = ("models", "data")
_LAST = ("requirements.txt", MANIFEST)
# Included files must not have these names, because packaging or OpenWhisk's Python runtime creates
# files with these names.
RESERVED = frozenset((*_FIRST, *_LAST, "main__.py", "exec__.py", "exec", "virtualenv"))


def is_safe(path: str) -> bool:
    """Return whether a member can be unpacked safely, inside its directory, on every system."""
    # Windows treats the backslash and the colon as separators and forbids the other characters.
    if not path or len(path) > 1000 or any(character in path for character in '\\:\0"<>|?*'):
        return False
    parts = path.split("/")
    # Windows drops dots and spaces at the end of a name, so "a." and "a" would be one file.
    return not any(
        part in ("", ".", "..") or part != part.rstrip(". ") or not part.isprintable()
        for part in parts
    )


def sort_key(path: str) -> tuple[int, str]:
    """Return a sort key that puts members in reading order.

    The order is entry point, sources, models, data, included files, requirements, manifest.
    """
    if path in _FIRST:
        return (_FIRST.index(path), "")
    if path in _COMPOSED:
        return (_FIRST.index("captured.py"), str(_COMPOSED.index(path)))
    if path in _LAST:
        return (len(_FIRST) + len(_FOLDERS) + 1 + _LAST.index(path), "")
    folder = PurePosixPath(path).parts[0]
    rank = _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS)
    return (len(_FIRST) + rank, path)


def is_readable(path: str) -> bool:
    """Return whether a member is a source file, requirements.txt or the manifest."""
    return path in (*_FIRST, *_LAST, *_COMPOSED) or path.endswith(".py")
