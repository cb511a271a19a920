from __future__ import annotations

import pytest

from jupyter_faas.vendoring.unused_files import content_of, kept_files, runtime_requirements


def kept(name: str, *paths: str, **texts: str) -> list[str]:
    """What stays of ``paths``; ``texts`` are the contents of ``{name}_py``."""
    contents = dict.fromkeys(paths, b"")
    contents.update({key.replace("__", "/") + ".py": text.encode() for key, text in texts.items()})
    return kept_files(name, list(contents), contents.__getitem__)


@pytest.mark.parametrize(
    "path",
    [
        "tool/__pycache__/a.cpython-311.pyc",
        "tool/a.pyi",
        "tool/_a.pyx",
        "tool/include/a.h",
        "tool/py.typed",
        "bin/tool",
        "tool-1.0.data/scripts/tool",
        "tool-1.0.dist-info/RECORD",
        "tool-1.0.dist-info/INSTALLER",
        "tool/tests/test_a.py",
        "tool/part/tests/data/big.csv",
    ],
)
def test_what_no_action_reads_stays_behind(path: str) -> None:
    assert kept("tool", "tool/__init__.py", path) == ["tool/__init__.py"]


@pytest.mark.parametrize(
    "path",
    [
        "tool/_a.cpython-311-x86_64-linux-gnu.so",
        "tool.libs/libopenblas.so",
        "tool/data/table.csv",
        "tool/testing/__init__.py",
        "tests.py",
        "tool-1.0.dist-info/METADATA",
        "tool-1.0.dist-info/entry_points.txt",
        "tool-1.0.dist-info/licenses/LICENSE",
        "tool-1.0.dist-info/licenses/vendor/COPYING",
    ],
)
def test_what_runs_and_its_licences_travel(path: str) -> None:
    assert kept("tool", path) == [path]


def test_a_test_module_that_the_package_imports_travels() -> None:
    assert kept(
        "tool",
        "tool/tests/__init__.py",
        "tool/tests/_helper.py",
        "tool/tests/test_a.py",
        tool__testing="from tool.tests._helper import x",
    ) == ["tool/testing.py", "tool/tests/__init__.py", "tool/tests/_helper.py"]


def test_tests_that_are_imported_as_a_whole_travel() -> None:
    paths = ["tool/a.py", "tool/tests/__init__.py", "tool/tests/x.py"]
    assert kept("tool", *paths[1:], tool__a="    import tool.tests as t") == paths


@pytest.mark.parametrize(
    "path",
    [
        "onnxruntime/transformers/models/bert.py",
        "onnxruntime/quantization/calibrate.py",
        "onnxruntime/tools/check.py",
        "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "onnxruntime/capi/libonnxruntime_providers_cuda.so",
    ],
)
def test_onnxruntime_travels_without_its_tools(path: str) -> None:
    assert kept("onnxruntime", path) == []


def test_onnxruntime_keeps_what_it_looks_for() -> None:
    path = "onnxruntime/capi/libonnxruntime_providers_shared.so"
    assert kept("onnxruntime", path) == [path]


def test_numpy_travels_without_its_compilers() -> None:
    paths = ["numpy/f2py/a.py", "numpy/_core/include/x.txt", "numpy/_core/lib/a.ini"]
    assert kept("numpy", *paths, "numpy/lib/a.py") == ["numpy/lib/a.py"]


def test_the_test_modules_of_numpy_stay_behind_unless_it_imports_them() -> None:
    ending = "cpython-311-x86_64-linux-gnu.so"
    of_numpy_2 = f"numpy/_core/_multiarray_tests.{ending}"
    of_numpy_1 = f"numpy/core/_multiarray_tests.{ending}"
    others = [f"numpy/core/_umath_tests.{ending}", f"numpy/core/_simd.{ending}"]
    assert kept("numpy", of_numpy_2, of_numpy_1, *others) == [of_numpy_1]


def test_a_module_that_numpy_lists_travels_empty() -> None:
    path = "numpy/f2py/__init__.py"
    assert kept("numpy", path, "numpy/f2py/f2py2e.py") == [path]
    content = content_of("numpy", path, lambda _: b"import subprocess\n")
    assert b"import" not in content
    compile(content, path, "exec")


def test_other_modules_travel_with_their_content() -> None:
    assert content_of("numpy", "numpy/__init__.py", lambda path: path.encode()) == (
        b"numpy/__init__.py"
    )


def test_rules_of_one_distribution_are_not_another_s() -> None:
    assert kept("tool", "tool/quantization/a.py") == ["tool/quantization/a.py"]


def test_onnxruntime_needs_numpy_alone() -> None:
    asked = ["numpy", "protobuf", "sympy", "flatbuffers", "packaging"]
    assert runtime_requirements("onnxruntime", asked) == {"numpy"}
    assert runtime_requirements("pandas", asked) == set(asked)
