"""Compositions: workflows of actions and inline functions, as trees.

A composition is put together by the combinators; nothing runs meanwhile, and nothing is deployed.
The room knows OpenWhisk Composer's syntax tree and the states that a conductor steps through, and
neither packages nor targets nor notebooks.
"""

from jupyter_faas.composer.calls import least_calls
from jupyter_faas.composer.combinators import (
    Task,
    action,
    asynchronous,
    composition,
    do,
    doloop,
    doloop_nosave,
    dynamic,
    empty,
    ensure,
    function,
    let,
    literal,
    loop,
    loop_nosave,
    map,  # noqa: A004 (its known name)
    mask,
    merge,
    par,
    parallel,
    repeat,
    retain,
    retain_catch,
    retry,
    seq,
    sequence,
    task,
    value,
    when,
    when_nosave,
)
from jupyter_faas.composer.contents import (
    called_actions,
    carried_actions,
    compiled,
    inline_functions,
    javascript_functions,
    referred,
    text_functions,
)
from jupyter_faas.composer.fsm import compile_fsm, inline_name
from jupyter_faas.composer.lowering import lower
from jupyter_faas.composer.named import NamedComposition
from jupyter_faas.composer.nodes import Composition
from jupyter_faas.composer.parsing import parse
from jupyter_faas.composer.tasks import MAX_DEPTH, MAX_NODES

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "Composition",
    "NamedComposition",
    "Task",
    "action",
    "asynchronous",
    "called_actions",
    "carried_actions",
    "compile_fsm",
    "compiled",
    "composition",
    "do",
    "doloop",
    "doloop_nosave",
    "dynamic",
    "empty",
    "ensure",
    "function",
    "inline_functions",
    "inline_name",
    "javascript_functions",
    "least_calls",
    "let",
    "literal",
    "loop",
    "loop_nosave",
    "lower",
    "map",
    "mask",
    "merge",
    "par",
    "parallel",
    "parse",
    "referred",
    "repeat",
    "retain",
    "retain_catch",
    "retry",
    "seq",
    "sequence",
    "task",
    "text_functions",
    "value",
    "when",
    "when_nosave",
]
