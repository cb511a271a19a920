"""Filter out the files of a wheel that an action never reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

# Of the metadata stays what is read at run time (versions, entry points) and the licences, which
# go wherever the code goes.
_METADATA = re.compile(r"\.dist-info/(METADATA|entry_points\.txt|.*(LICEN[CS]E|NOTICE|COPYING).*)$")

# Compiled afresh by each Python, written for compilers and type checkers, or none of the package.
_NEVER = re.compile(
    r"(^|/)__pycache__/|^(bin|share|etc|include)/|\.data/"
    r"|\.(pyc|pyo|pyi|pxd|pxi|pyx|c|cc|cpp|h|hpp|a|lib|exe|dll|dylib)$|(^|/)py\.typed$"
)
_TESTS = re.compile(r"^.+?/tests/")
_OWN_TESTS = re.compile(r"^\s*(?:from|import)\s+([\w.]+\.tests(?:\.\w+)?)\b", re.MULTILINE)

# Parts that their own package does not import, and that nothing but a build, a notebook or a
# graphics card asks for. Seen with numpy 1.26 to 2.4 and onnxruntime 1.20 to 1.32: none of it is
# loaded by a session that answers.
_UNUSED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "numpy": re.compile(
            r"numpy/(f2py|distutils|doc|_pyinstaller|_?core/(include|lib)|random/(lib|_examples)"
            r")/"
            r"|numpy/conftest\.py$|numpy/_?core/(_simd|_\w+_tests)\.[\w-]+\.so$"
        ),
        "onnxruntime": re.compile(
            r"onnxruntime/(backend|datasets|quantization|tools|transformers)/"
            # The extension holds all of it; these are for programs in C and for graphics cards.
            # It looks for the small libonnxruntime_providers_shared.so, and logs its absence.
            r"|onnxruntime/capi/libonnxruntime(\.so|_providers_(?!shared))"
            r"|onnxruntime/capi/(convert_npz_to_onnx_adapter|onnxruntime_collect_build_info)\.py$"
        ),
    }
)

# What a distribution asks for and does not import at run time: onnxruntime's tools alone need
# the others.
_NEEDS: Mapping[str, frozenset[str]] = MappingProxyType({"onnxruntime": frozenset({"numpy"})})

RULES = 1
"""Counts up when the rules change, so that what was kept under others is not taken."""


def runtime_requirements(name: str, required: Iterable[str]) -> frozenset[str]:
    """The distributions that ``name`` imports at run time, of those that it asks for."""
    asked = frozenset(required)
    return asked & _NEEDS[name] if name in _NEEDS else asked


def kept_files(name: str, paths: Collection[str], read: Callable[[str], bytes]) -> list[str]:
    """The files of distribution ``name`` that travel, sorted; ``read`` returns a file's bytes."""
    unused = _UNUSED.get(name)
    kept = [
        path
        for path in paths
        if (_METADATA.search(path) if ".dist-info/" in path else not _NEVER.search(path))
        and not (unused and unused.match(path))
    ]
    tests = {path for path in kept if _TESTS.match(path)}
    if tests:
        wanted = _imported_tests((path for path in kept if path not in tests), read)
        kept = [path for path in kept if path not in tests or wanted.match(path)]
    return sorted(kept)


def _imported_tests(paths: Iterable[str], read: Callable[[str], bytes]) -> re.Pattern[str]:
    """The modules among the tests that the package's own modules import: a few do.

    numpy.testing takes ``numpy._core.tests._natype``, and nothing else of that folder.
    """
    found: set[str] = set()
    for path in paths:
        if path.endswith(".py"):
            text = read(path)
            if b".tests" in text:
                found.update(_OWN_TESTS.findall(text.decode("utf-8", "replace")))
    patterns = (
        f"{re.escape(folder)}/(__init__|{re.escape(module)})[./]"
        if module != "tests"
        else f"{re.escape(folder)}/tests/"
        for folder, _, module in (name.replace(".", "/").rpartition("/") for name in found)
    )
    return re.compile("|".join(patterns) or r"(?!)")
