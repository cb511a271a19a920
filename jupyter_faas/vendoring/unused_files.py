"""Rules that exclude files and dependencies that an action never needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

# Metadata files to keep: those that code reads at run time (version, entry points), and the licence
# files, which must be distributed with the code.
_METADATA = re.compile(r"\.dist-info/(METADATA|entry_points\.txt|.*(LICEN[CS]E|NOTICE|COPYING).*)$")

# Files to leave out of every distribution: bytecode, which each Python version compiles again;
# files for compilers and type checkers; and files that a wheel installs outside its packages.
_NEVER = re.compile(
    r"(^|/)__pycache__/|^(bin|share|etc|include)/|\.data/"
    r"|\.(pyc|pyo|pyi|pxd|pxi|pyx|c|cc|cpp|h|hpp|a|lib|exe|dll|dylib)$|(^|/)py\.typed$"
)
_TESTS = re.compile(r"^.+?/tests/")
_OWN_TESTS = re.compile(r"^\s*(?:from|import)\s+([\w.]+\.tests(?:\.\w+)?)\b", re.MULTILINE)

# Files that are needed only for builds, notebooks or GPUs. With numpy 1.26 to 2.4 and onnxruntime
# 1.20 to 1.32, we checked that an inference session does not load any of them.
_UNUSED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "numpy": re.compile(
            r"numpy/(f2py|distutils|doc|_pyinstaller|_?core/(include|lib)|random/(lib|_examples)"
            r")/"
            r"|numpy/conftest\.py$|numpy/_?core/_simd\.[\w-]+\.so$"
            # numpy 1 documents a function of numpy.core._multiarray_tests whenever it is imported.
            r"|numpy/(_core/_\w+_tests|core/_(?!multiarray_)\w+_tests)\.[\w-]+\.so$"
        ),
        "onnxruntime": re.compile(
            r"onnxruntime/(backend|datasets|quantization|tools|transformers)/"
            # The extension module contains the whole library. These shared libraries are for C
            # programs and GPUs. The small libonnxruntime_providers_shared.so is kept, because
            # onnxruntime would log a message if it were missing.
            r"|onnxruntime/capi/libonnxruntime(\.so|_providers_(?!shared))"
            r"|onnxruntime/capi/(convert_npz_to_onnx_adapter|onnxruntime_collect_build_info)\.py$"
        ),
    }
)

# Modules that are packaged without their content. numpy 2 lists f2py in its ``__all__``, so
# ``from numpy import *``, which is in SciPy's own code, fails if the module is missing. Its content
# compiles Fortran, for which an action has no compiler.
_EMPTY: Mapping[str, frozenset[str]] = MappingProxyType(
    {"numpy": frozenset({"numpy/f2py/__init__.py"})}
)
_EMPTY_MODULE = b'"""Empty, because an action has no compiler for this module to run."""\n'

# The dependencies to keep, for distributions that do not need all of theirs at run time. Only
# onnxruntime's tools, which are not packaged, import its other dependencies.
_NEEDS: Mapping[str, frozenset[str]] = MappingProxyType({"onnxruntime": frozenset({"numpy"})})

# The version of these rules, which is part of the cache key. Increase it with every change, so that
# the cache does not return files that older rules selected.
RULES = 3


def runtime_requirements(name: str, required: Iterable[str]) -> frozenset[str]:
    """Return the subset of ``required`` that the distribution ``name`` imports at run time."""
    asked = frozenset(required)
    return asked & _NEEDS[name] if name in _NEEDS else asked


def kept_files(name: str, paths: Collection[str], read: Callable[[str], bytes]) -> list[str]:
    """Return the sorted subset of ``paths`` to package for the distribution ``name``.

    ``content_of`` returns the content of each. ``read`` returns the content of a file. It is called
    only for distributions with tests, to find out which test modules their own code imports.
    """
    unused = _UNUSED.get(name)
    kept = [
        path
        for path in paths
        if (_METADATA.search(path) if ".dist-info/" in path else not _NEVER.search(path))
        and (path in _EMPTY.get(name, ()) or not (unused and unused.match(path)))
    ]
    tests = {path for path in kept if _TESTS.match(path)}
    if tests:
        wanted = _imported_tests((path for path in kept if path not in tests), read)
        kept = [path for path in kept if path not in tests or wanted.match(path)]
    return sorted(kept)


def content_of(name: str, path: str, read: Callable[[str], bytes]) -> bytes:
    """Return the content to package for a path of ``kept_files``.

    For almost every path this is the content of the wheel's file, as ``read`` returns it. Modules
    that must exist but have no use in an action are empty.
    """
    return _EMPTY_MODULE if path in _EMPTY.get(name, ()) else read(path)


def _imported_tests(paths: Iterable[str], read: Callable[[str], bytes]) -> re.Pattern[str]:
    """Return a pattern for the paths of test modules that the files in ``paths`` import.

    For example, numpy.testing imports ``numpy._core.tests._natype``.
    """
    found: set[str] = set()
    for path in paths:
        if path.endswith(".py"):
            text = read(path)
            # This fast check comes first, because the pattern is slow and rarely matches.
            if b".tests" in text:
                found.update(_OWN_TESTS.findall(text.decode("utf-8", "replace")))
    patterns = (
        f"{re.escape(folder)}/(__init__|{re.escape(module)})[./]"
        if module != "tests"
        else f"{re.escape(folder)}/tests/"
        for folder, _, module in (name.replace(".", "/").rpartition("/") for name in found)
    )
    # ``(?!)`` matches nothing, whereas an empty pattern would match every path.
    return re.compile("|".join(patterns) or r"(?!)")
