from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from jupyter_faas.errors import ParametersRejected, ResultRejected
from jupyter_faas.magics.handles import Function
from jupyter_faas.workspace.local.function import LocalFunction


def number(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "integer"}}, "required": [name]}


class Handles:
    """Makes handles that share one notebook."""

    def __init__(self) -> None:
        self.inside: ContextVar[bool] = ContextVar("inside", default=False)
        self.asked: list[tuple[str, object]] = []

    def __call__(self, function: Callable[..., Any]) -> Function:
        name = function.__name__
        spec = {"name": name, "parameter_style": "named", "schema": number("n")}
        local = LocalFunction(function, spec)
        return Function(
            function,
            name,
            local=local,
            verbs=self,  # type: ignore[arg-type]  # only what the tests use
            inside=self.inside,
        )

    def invoke_function(self, name: str, params: dict[str, Any]) -> str:
        self.asked.append((name, params))
        return "run"

    def describe(self, name: str) -> str:
        return f"<function {name}>"


@pytest.fixture
def handles() -> Handles:
    return Handles()


def test_handle_wears_the_functions_clothes(handles: Handles) -> None:
    def double(n: int) -> dict[str, int]:
        """Twice n."""
        return {"n": 2 * n}

    handle = handles(double)
    worn = vars(handle)
    assert (worn["__name__"], handle.__doc__, worn["__wrapped__"]) == ("double", "Twice n.", double)
    assert list(handle.__signature__.parameters) == ["n"]
    assert repr(handle) == "<function double>"
    assert handle(21) == handle(n=21) == {"n": 42}


def test_arguments_are_checked_as_in_the_action(handles: Handles) -> None:
    handle = handles(lambda n: {"n": n})
    with pytest.raises(ParametersRejected, match="n must be a whole number, not true"):
        handle(True)
    with pytest.raises(ParametersRejected, match="unexpected keyword argument 'nn'") as refused:
        handle(nn=1)
    assert refused.value.hint == "Did you mean n? "


def test_result_is_checked_as_in_the_action(handles: Handles) -> None:
    with pytest.raises(ResultRejected, match=r"result\.x is NaN"):
        handles(lambda n: {"x": float("nan")})(1)


def test_a_function_that_calls_itself_gets_its_plain_answers(handles: Handles) -> None:
    def depth(n: int) -> Any:
        return {"depth": self_(n - 1) + 1} if n == 3 else (self_(n - 1) + 1 if n else 0)

    self_ = handles(depth)
    assert self_(3) == {"depth": 3}


def test_errors_begin_at_the_function(handles: Handles) -> None:
    def fail(n: int) -> None:
        raise LookupError(n)

    handle = handles(fail)
    with pytest.raises(LookupError) as caught:
        handle(1)
    names = [frame.name for frame in caught.traceback]
    assert names[-2:] == ["__call__", "fail"]
    assert not handles.inside.get()


def test_parameters_of_any_name_reach_the_action(handles: Handles) -> None:
    handle = handles(lambda n: {"n": n})
    handle.invoke(n=1, name="x", self="y")
    assert handles.asked == [("<lambda>", {"n": 1, "name": "x", "self": "y"})]


def test_arguments_by_position_reach_the_action_by_name(handles: Handles) -> None:
    handle = handles(lambda n, m: {"n": n, "m": m})
    handle.invoke(1, m=2)
    assert handles.asked == [("<lambda>", {"n": 1, "m": 2})]
