from __future__ import annotations

import ast
import asyncio
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import CONDUCTOR, GLUE, OBJECTS
from jupyter_faas.workspace.local.function import load_action_main
from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.entry_point import MAIN, NUMBER, spec
from tests.shipped.helpers.packages import launch, write_package


def test_async_function_is_awaited() -> None:
    async def iris(x: float) -> dict[str, float]:
        return {"y": x}

    assert MAIN.call(iris, spec({"x": NUMBER}, "x"), {"x": 1}) == {"y": 1.0}


def test_async_function_is_awaited_inside_a_running_loop() -> None:
    async def iris() -> dict[str, int]:
        return {"y": 1}

    async def cell() -> Any:
        return MAIN.call(iris, spec({}), {})

    assert asyncio.run(cell()) == {"y": 1}


def test_an_action_without_async_functions_does_not_load_threading(tmp_path: Path) -> None:
    body = "import sys\ndef iris():\n    return {'loaded': 'threading' in sys.modules}"
    (answer,), _ = launch(write_package(tmp_path / "action", body), [{}])
    assert answer == {"loaded": False}


def test_loaded_without_a_package_it_has_no_action() -> None:
    with pytest.raises(RuntimeError, match=r"no manifest\.json"):
        MAIN.main({})


BODY = """
from dataclasses import dataclass
import typing

@dataclass
class Answer:
    y: "float"
    kind: typing.ClassVar[str] = "answer"

def iris(x: float, n: int = 2, unit: typing.Literal["cm", "in"] = "cm"):
    print("called")
    if x < 0:
        raise KeyError("negative")
    return {"y": Answer(helper(x) * n * FACTORS[0]), "unit": unit, "total": X.sum() + tol}
""".lstrip()


@pytest.fixture
def notebook() -> Notebook:
    notebook = Notebook()
    notebook.run(
        "import numpy as np\nFACTORS = [10, {'é'}]\nX = np.arange(4)\ntol = np.float64(0.5)"
    )
    notebook.run("def base(x):\n    return x + 1\n\ndef helper(x, f=base):\n    return f(x)")
    return notebook


def test_package_answers_as_the_notebook_does(notebook: Notebook, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    calls: list[dict[str, Any]] = [{"x": 1}, {"x": 0.5, "n": 3, "unit": "in", "more": 1}]
    answers, logs = launch(folder, calls)
    manifest = MAIN.load(str(folder))[1]
    here = [MAIN.call(notebook.namespace["iris"], manifest, dict(call)) for call in calls]
    assert answers == here
    assert answers[0] == {"y": {"y": 40.0}, "unit": "cm", "total": 6.5}
    assert logs.count("called") == 2


NAMED = """
import dataclasses, logging, pickle, sys

scale = 1
if __name__ == "__main__":
    scale = 10
    print("only in the notebook")
else:
    scale = 100

log = logging.getLogger(__name__)
is_main = __name__ == "__main__"

class Box:
    if __name__ == "__main__":
        inner = 2

def iris():
    if __name__ == "__main__":
        here = 1
    else:
        here = 2

    @dataclasses.dataclass
    class Made:
        x: "int" = 3

    def nested():
        return __name__

    kinds = [str(Box), repr(Made), type(Made()).__module__, Noted.__module__]
    again = type(pickle.loads(pickle.dumps(Box()))) is Box
    return {
        "here": here, "log": log.name, "main": is_main, "box": Box.inner, "nested": nested(),
        "helper": helper(), "kinds": kinds, "again": again, "note": note.name, "scale": scale,
        "found": sys.modules["__main__"].Box is Box,
    }
""".strip()


def test_code_that_reads_the_module_s_name_answers_as_in_the_notebook(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run(
        "import logging\nnote = logging.getLogger(__name__)\nclass Noted: ...\n"
        "def helper():\n    return [__name__, helper.__module__]"
    )
    folder = write_package(tmp_path / "action", NAMED, notebook=notebook)
    (answer,), logs = launch(folder, [{}])
    assert answer == {
        "here": 1,
        "log": "__main__",
        "main": True,
        "box": 2,
        "nested": "__main__",
        "helper": ["__main__", "__main__"],
        "again": True,
        "note": "__main__",
        "scale": 1,
        "kinds": [
            "<class '__main__.Box'>",
            "<class '__main__.iris.<locals>.Made'>",
            *("__main__", "__main__"),
        ],
        "found": True,
    }
    assert "only in the notebook" not in logs


def test_a_spawned_process_does_not_execute_the_cell(tmp_path: Path) -> None:
    body = """
import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
print("the cell runs")

def iris():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return {"roots": list(pool.map(math.sqrt, [4, 9]))}
""".strip()
    (answer,), logs = launch(write_package(tmp_path, body), [{}])
    assert answer == {"roots": [2.0, 3.0]}
    assert logs.count("the cell runs") == 1


def test_wrong_calls_answer_with_an_error_and_the_next_one_is_right(
    notebook: Notebook, tmp_path: Path
) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    answers, logs = launch(folder, [{}, {"x": "1"}, {"x": -1}, {"x": 1}])
    assert answers[:3] == [
        {"error": "iris needs x (a number)"},
        {"error": 'x must be a number, not the string "1"'},
        {"error": "'negative'"},
    ]
    assert "y" in answers[3]
    # The traceback names the cell's own line, with its text.
    assert 'function.py", line 13, in iris' in logs
    assert 'raise KeyError("negative")' in logs


def test_rejected_call_is_an_answer_without_a_traceback(tmp_path: Path) -> None:
    body = "def iris(x: float):\n    return {'y': b'x'}"
    answers, logs = launch(write_package(tmp_path, body), [{}, {"x": 1}])
    assert answers[0] == {"error": "iris needs x (a number)"}
    assert list(answers[1]) == ["error"]
    assert logs == ""


def test_rejected_web_request_is_answered_with_a_status(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'x': x}")
    answers, logs = launch(folder, [{"x": "1.5", "__ow_method": "get"}, {"__ow_method": "post"}])
    body = {"error": "iris needs x (a number)"}
    assert answers == [{"x": 1.5}, {"error": {"statusCode": 400, "body": body}}]
    assert logs == ""


# DigitalOcean Functions adds this one parameter to web requests, and no ``__ow_…``.
HTTP = {"headers": {"host": "faas.example"}, "method": "GET", "path": "", "queryString": "x=1.5"}


def test_a_query_at_digitalocean_is_text_that_is_read_as_the_type(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'x': x}")
    answers, logs = launch(folder, [{"x": "1.5", "http": HTTP}, {"http": HTTP}])
    body = {"error": "iris needs x (a number)"}
    assert answers == [{"x": 1.5}, {"error": {"statusCode": 400, "body": body}}]
    assert logs == ""


def test_a_request_object_is_kept_among_other_keys() -> None:
    wanted = {**spec({"x": NUMBER}, "x")}
    wanted["schema"] = {**wanted["schema"], "additionalProperties": NUMBER}
    assert MAIN.bind(wanted, {"x": "1", "http": HTTP}) == ((), {"x": 1.0, "http": HTTP})


def test_a_parameter_of_that_name_is_the_user_s_own() -> None:
    wanted = spec({"http": {"type": "string"}}, "http")
    assert MAIN.bind(wanted, {"http": "on"}) == ((), {"http": "on"})
    assert not MAIN.is_web({"http": {"retries": 3}})


def test_traceback_in_the_logs_begins_in_the_cell_and_names_no_folder(tmp_path: Path) -> None:
    body = "def iris():\n    try:\n        {}['a']\n    except KeyError:\n        raise ValueError"
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "ValueError"}]
    assert logs.splitlines()[1] == '  File "function.py", line 4, in iris'
    assert logs.splitlines()[-1] == "ValueError"
    assert "__main__" not in logs
    assert str(tmp_path) not in logs


def test_error_is_answered_when_standard_error_is_broken(tmp_path: Path) -> None:
    body = "import sys\ndef iris():\n    sys.stderr = None\n    raise ValueError('no')"
    answers, logs = launch(write_package(tmp_path, body), [{}, {}])
    assert answers == [{"error": "no"}] * 2
    assert "ValueError" in logs


def test_exhausted_memory_is_left_to_the_runtime(tmp_path: Path) -> None:
    # The runtime's words for it differ: the worker must end.
    folder = write_package(tmp_path, "def iris():\n    raise MemoryError")
    program = "import runpy\nrunpy.run_path('__main__.py')['main']({})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=50
    )
    assert done.stderr.splitlines()[-1] == "MemoryError"
    assert done.returncode == 1


def test_async_calls_share_an_event_loop() -> None:
    loops = []

    async def iris() -> dict[str, int]:
        loops.append(asyncio.get_running_loop())
        return {"n": len(loops)}

    async def cell() -> Any:
        return [MAIN.call(iris, spec({}), {}) for _ in range(2)]

    asyncio.run(cell())
    assert loops[0] is loops[1]


def test_a_task_that_a_call_leaves_behind_is_cancelled() -> None:
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def iris() -> dict[str, int]:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        return {"done": int(task.done())}

    assert MAIN.call(iris, spec({}), {}) == {"done": 0}
    assert ended == [True]


def test_logs_of_an_async_function_hold_its_own_error_alone(tmp_path: Path) -> None:
    body = "async def iris():\n    raise KeyError('gone')"
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "'gone'"}]
    assert "another exception" not in logs


def test_package_runs_from_any_folder_and_as_a_script(notebook: Notebook, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    program = (
        "import importlib.util, json\n"
        f"path = {str(folder / '__main__.py')!r}\n"
        "spec = importlib.util.spec_from_file_location('anything', path)\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(json.dumps(module.main({'x': 1})))\n"
    )
    for words in (["-c", program], [str(folder)], [str(folder / "__main__.py")]):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=50
        )
        assert done.returncode == 0, done.stderr


def test_cell_runs_once_per_container(tmp_path: Path) -> None:
    body = "import itertools\nCOUNT = itertools.count()\nprint('once')\n"
    body += "def iris():\n    return {'n': next(COUNT)}"
    answers, logs = launch(write_package(tmp_path, body), [{}, {}, {}])
    assert answers == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert logs.count("once") == 1


PICKLING = "import pickle\ndef iris():\n    return {'n': len(pickle.dumps(iris)) > 0}"
READING = "def iris():\n    with open('manifest.json') as f:\n        return {'n': f.name}"


@pytest.mark.parametrize(
    ("body", "call", "answer"),
    [
        ("def main(params):\n    return {'got': params}", {"a": [1]}, {"got": {"a": [1]}}),
        ("def handler(**kw: int):\n    return kw", {"b": 2}, {"b": 2}),
        ("async def iris(x: float | None = None):\n    return {'x': x}", {}, {"x": None}),
        ("iris = lambda x: {'x': x}", {"x": "y"}, {"x": "y"}),
        ("def iris():\n    return {'error': 'no'}", {}, {"error": "no"}),
        ("def iris():\n    return {'v': float('nan')}", {}, None),
        (PICKLING, {}, {"n": True}),
        (READING, {}, {"n": "manifest.json"}),
    ],
)
def test_handlers_of_every_kind_answer(
    body: str, call: dict[str, Any], answer: Any, tmp_path: Path
) -> None:
    (found,), _ = launch(write_package(tmp_path, body), [call])
    expected = answer or {
        "error": "result.v is NaN, which JSON does not support: return None or a finite number "
        "there"
    }
    assert found == expected


def test_future_annotations_of_an_earlier_cell_hold_for_the_cell_too(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run("from __future__ import annotations\ndef helper(x: Nowhere): return x")
    body = "def iris(x: float, y: Nowhere = None):\n    return {'x': helper(x)}"
    (answer,), _ = launch(write_package(tmp_path, body, notebook=notebook), [{"x": 1}])
    assert answer == {"x": 1.0}


def test_included_modules_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = tmp_path / "beside"
    (beside / "mypackage_here").mkdir(parents=True)
    (beside / "mypackage_here" / "__init__.py").write_text("from .part import N\n")
    (beside / "mypackage_here" / "part.py").write_text("N = 3\n")
    monkeypatch.syspath_prepend(beside)
    folder = write_package(
        tmp_path / "action",
        "import mypackage_here\ndef iris():\n    return {'n': mypackage_here.N}",
        root=beside,
        includes=[Path("mypackage_here")],
    )
    for name in [name for name in sys.modules if name.startswith("mypackage_here")]:
        del sys.modules[name]
    (answer,), _ = launch(folder, [{}])
    assert answer == {"n": 3}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("def other(): ...", "function.py does not define the function iris"),
        ("def iris(: ...", "function.py, line 1, is not valid in Python"),
        ("1 / 0", 'function.py", line 1'),
    ],
)
def test_package_that_cannot_start_says_why(damage: str, words: str, tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris():\n    return {}")
    (folder / "function.py").write_text(damage)
    answers, logs = launch(folder, [{}])
    assert answers == []
    assert words in logs


def test_loading_it_leaves_nothing_for_the_notebooks_own_imports() -> None:
    load_action_main()
    assert not GLUE.keys() & sys.modules.keys()


def test_errors_inside_the_results_own_walk_begin_with_the_users_frames(tmp_path: Path) -> None:
    body = (
        "from collections.abc import Mapping\n"
        "class Odd(Mapping):\n"
        "    def __len__(self): return 1\n"
        "    def __iter__(self): raise ValueError('odd')\n"
        "    def __getitem__(self, key): return key\n"
        "def iris():\n    return Odd()"
    )
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "odd"}]
    assert "faas_results" not in logs
    assert "_object" not in logs


@pytest.mark.parametrize(
    "name",
    [
        *("action/action_main.py", "conductor/conductor_main.py"),
        *(*GLUE.values(), *CONDUCTOR.values(), *OBJECTS.values()),
    ],
)
def test_file_is_python_3_9(name: str) -> None:
    text = (resources.files("jupyter_faas") / "shipped" / name).read_text("utf-8")
    ast.parse(text, feature_version=(3, 9))
    allowed = {*sys.stdlib_module_names, *GLUE, *CONDUCTOR}
    # These are imported only where a parameter has such a type.
    allowed |= {"numpy", "pandas"} if name in OBJECTS.values() else set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in allowed


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13", "3.14"])
def test_package_answers_under_other_pythons(version: str, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip(f"Python {version} is not installed on this machine")
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'y': [x, (1,)]}")
    answers, _ = launch(folder, [{"x": 1}, {"x": "1"}], python=python)
    assert answers == [{"y": [1.0, [1]]}, {"error": 'x must be a number, not the string "1"'}]
