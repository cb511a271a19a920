"""Functions of a file, as a composition in a script has them."""

from __future__ import annotations

import importlib.util
import types
from pathlib import Path

import pytest

from jupyter_faas.capture import InlineFunction, capture_functions
from jupyter_faas.errors import CaptureError


def load(path: Path, text: str) -> types.ModuleType:
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("__main__", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def captured(module: types.ModuleType, name: str) -> str:
    function = InlineFunction("faas_inline_0", "root", getattr(module, name))
    found = capture_functions(
        [function], vars(module), name="flow", is_model=lambda value: False, root=Path.cwd()
    )
    return found.captured_source


def test_a_lambda_of_a_file_travels_with_what_it_uses(tmp_path: Path) -> None:
    text = "LEAST = 2\nsteps = [lambda p: p['n'] > LEAST, lambda p: {}]\nstep = steps[0]\n"
    source = captured(load(tmp_path / "flow.py", text), "step")
    namespace: dict[str, object] = {}
    exec(source, namespace)
    step = namespace["faas_inline_0"]
    assert callable(step)
    assert (step({"n": 3}), step({"n": 2})) == (True, False)


def test_a_lambda_of_a_file_that_changed_since_it_ran_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flow.py"
    module = load(path, "steps = [lambda p: {'n': 1}]\nstep = steps[0]\n")
    path.write_text("steps = [lambda p: {'n': 2}]\nstep = steps[0]\n", "utf-8")
    with pytest.raises(CaptureError, match="whose source code is not in the notebook"):
        captured(module, "step")
