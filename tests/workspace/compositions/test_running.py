"""Compositions on a real playground: what they bring along, and what they answer."""

from __future__ import annotations

from jupyter_faas.bundle import composition_of
from jupyter_faas.client import Client
from jupyter_faas.workspace import Workspace
from tests.workspace.compositions.helpers.flows import BRANCH, annotated, run
from tests.workspace.helpers.composing import ComposingNotebook


def test_a_composition_runs_with_its_functions(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    made = notebook.compose(name, BRANCH)
    deployment = workspace.deploy(made.record.id)
    assert (deployment.name, deployment.version, deployment.warning) == (name, "0.0.1", "")
    assert run(workspace, name, n=10) == {"n": 21}
    assert run(workspace, name, n=2) == {"n": 2}
    found = annotated(client, name)
    assert found["conductor"] == made.card["composition"]["graph"]
    assert found["provide-api-key"] is True
    assert (found["faas-bundle"], found["faas-notebook"]) == (made.bundle, "flow.ipynb")
    action = client.get_action(name)
    assert (action.exec.kind, action.limits.memory, action.limits.timeout) == (
        made.record.kind,
        256,
        60_000,
    )


VARIABLES = """\
n = 7
def seen(p):
    return {**p, "outside": n}
def count(p):
    global n
    n += 1
    return {**p, "counted": n}
sequence(
    let({"n": 1}, count, "echo_it", count, lambda p: {**p, "inside": n}, mask(seen)),
)
"""


def test_variables_of_let_and_of_the_notebook_are_told_apart(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    client.put_action("echo_it", {"exec": {"kind": "python:3", "code": "def main(p): return p"}})
    workspace.deploy(notebook.compose(name, VARIABLES).record.id)
    assert run(workspace, name) == {"counted": 3, "inside": 3, "outside": 7}


BRINGING = """\
import dataclasses, enum, functools, re
import numpy as np
WEIGHTS = np.array([1.0, 2.0, 3.0])
PATTERN = re.compile("a+")
class Color(enum.Enum):
    RED = 1
@dataclasses.dataclass
class Point:
    x: int
    def norm(self):
        return abs(self.x)
ORIGIN = Point(-4)
def marked(f):
    @functools.wraps(f)
    def inner(p):
        return {**f(p), "marked": True}
    return inner
@marked
def first(p):
    return {"n": p["n"], "color": Color.RED.value}
def times(k):
    def scaled(p):
        return {**p, "n": p["n"] * k}
    return scaled
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
STEPS = {"twice": lambda p: {**p, "n": p["n"] * 2}}
sequence(
    first, times(3), STEPS["twice"], times(5),
    lambda p: {**p, "sum": float(WEIGHTS.sum()), "norm": ORIGIN.norm(), "fib": fib(10)},
    lambda p: {**p, "match": bool(PATTERN.match("aab"))},
)
"""


def test_functions_bring_along_what_a_cell_s_do(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    workspace.deploy(notebook.compose(name, BRINGING).record.id)
    assert run(workspace, name, n=1) == {
        "n": 30,
        "color": 1,
        "marked": True,
        "sum": 6.0,
        "norm": 4,
        "fib": 55,
        "match": True,
    }


def test_a_library_of_a_function_becomes_a_requirement(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = "import numpy\nWEIGHTS = numpy.array([1.0, 2.0])\n"
    cell += 'sequence(lambda p: {"n": float(WEIGHTS @ numpy.array([p["n"], 1]))})'
    made = notebook.compose(name, cell)
    assert [one["name"] for one in made.card["requirements"]] == ["numpy"]
    workspace.deploy(made.record.id)
    assert run(workspace, name, n=3) == {"n": 5.0}


def test_packaging_is_deterministic(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made, again = notebook.compose(name, BRANCH), notebook.compose(name, BRANCH)
    assert (made.bundle, made.record.id) == (again.bundle, again.record.id)
    document = composition_of(workspace.bundle(made.bundle))
    assert document is not None
    assert list(document) == ["composition", "ast", "version", "fsm"]


def test_nothing_is_measured_or_tried_on_its_own(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, BRANCH)
    assert made.card["forecast"] == workspace.forecast(made.record.id).to_json()
    assert made.card["forecast"]["state"] == "unmeasured"
    assert not made.record.clean_room


def test_options_are_those_of_functions(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    made = notebook.compose(
        name,
        'sequence(lambda p: {"greeting": p["word"]})',
        memory_mb=512,
        timeout_ms=30_000,
        parameters={"word": "s3cret"},
        annotations={"team": "blue"},
        package="flows",
    )
    text = workspace.package_contents.show("", package=made.record.id).texts["composition.py"]
    assert text.startswith(f"# %%composition {name} --param word=…\n")
    workspace.deploy(made.record.id)
    path = f"flows/{name}"
    assert run(workspace, path) == {"greeting": "s3cret"}
    action = client.get_action(path)
    assert (action.limits.memory, action.limits.timeout) == (512, 30_000)
    assert annotated(client, path)["team"] == "blue"
