"""The same with IPython itself: its line cache, its history, its own names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

DRIVER = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from jupyter_faas.capture import capture
from jupyter_faas.capture import fingerprint
from jupyter_faas.errors import CaptureError

shell = InteractiveShell.instance()

def run(cell):
    shell.run_cell(cell, store_history=True).raise_error()

run("import numpy as np\\nK = 2\\nclass Shape(ValueError): pass\\ndef twice(x):\\n    return K * x")
run("%%time\\ndef thrice(x):\\n    return 3 * x")
run("%precision 3\\ndef magic():\\n    files = !ls\\n    return files")
body = '''def iris(x: float):
    with open("labels.txt") as file:
        file.read()
    if x < 0:
        raise Shape
    return {"x": twice(thrice(x)), "n": np.float64(len([x]))}
'''
run(body)
captured = capture(
    body, shell.user_ns, name="iris", magic_line="%%function iris", is_model=lambda value: False
)
print([(item.name, item.kind) for item in captured.items])
print(captured.captured_source)
first = fingerprint(["twice", "Shape", "K"], shell.user_ns)
assert first == fingerprint(["twice", "Shape", "K"], shell.user_ns)
for use in ("magic()", "exit()", "display(1)", "In[1]"):
    body = f"def iris():\\n    return {{'x': {use}}}"
    run(body)
    try:
        capture(body, shell.user_ns, name="iris", is_model=lambda value: False)
        print(use, "travels")
    except CaptureError as error:
        print(use, "->", error.message)
"""

EXPECTED = """\
[('Shape', 'class'), ('twice', 'function'), ('thrice', 'function'), ('np', 'import'), \
('K', 'constant'), ('numpy.set_printoptions', 'constant')]
# Generated: the objects that iris uses from its notebook. The cell itself is in function.py.

import numpy

import numpy as np

K = 2
numpy.set_printoptions(precision=3)


class Shape(ValueError): pass


def twice(x):
    return K * x


def thrice(x):
    return 3 * x

magic() -> get_ipython exists only in a notebook: magic uses get_ipython on line 3 of its own \
cell, and iris uses magic on line 2.
exit() travels
display(1) travels
In[1] -> In exists only in a notebook: iris uses In on line 2.
"""


def test_cells_of_a_real_shell_are_captured(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=tmp_path,
        env={"IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    start = done.stdout.index("[(")
    assert done.stdout[start:] == EXPECTED
