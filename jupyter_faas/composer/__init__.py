"""Compositions: workflows of actions and inline functions, as trees.

>>> from jupyter_faas.composer import *
>>> asset_created = sequence(
...     retry(2, "image-quality"),
...     when(
...         lambda p: p["score"] > 0.5,
...         sequence("body-crop", merge("vision/tags")),
...         value({"upload": "manual work"}),
...     ),
... )
>>> print(outline(asset_created))
sequence
├─ retry, at most 2 times
│  └─ image-quality
└─ when
   ├─ test: lambda p: p["score"] > 0.5
   ├─ then: sequence
   │  ├─ body-crop
   │  └─ merge
   │     └─ vision/tags
   └─ else: value {"upload": "manual work"}
>>> called_actions(asset_created)["/_/vision/tags"]
['[1].consequent[1][0]']
>>> least_calls(asset_created)
1

Combinators make a tree of tasks: names of actions, functions and lambdas (inline code), packaged
functions, other compositions. Nothing runs meanwhile, and nothing is deployed.

============================================= ====================================================
``sequence`` ``seq`` ``empty`` ``task``       one after another
``when`` ``when_nosave``                      one or the other
``loop`` ``doloop`` ``…_nosave``              as long as; tested before, or after the body
``repeat`` ``retry``                          some times; again after an error
``do`` ``ensure``                             what handles an error; what comes after in any case
``let`` ``mask``                              variables of inline functions; hiding them
``retain`` ``retain_catch`` ``merge``         what went in, beside or below what came out
``value`` ``literal`` ``function`` ``action`` a constant, inline code, a call
``dynamic``                                   a call of what the parameters name
``parallel`` ``par`` ``map``                  all at once, results in order
``asynchronous``                              started, not waited for
``composition``                               a sequence with the name that it is deployed under
============================================= ====================================================

``…_nosave`` hands on what the test returned; the others go on with what went into it.

This room knows OpenWhisk Composer's syntax tree and the states that a conductor steps through, and
neither packages nor targets nor notebooks.
"""

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
from jupyter_faas.composer.component_limit import least_calls
from jupyter_faas.composer.contents import (
    called_actions,
    composed_json,
    embedded_actions,
    inline_functions,
    javascript_functions,
    live_references,
    named_compositions,
    text_functions,
)
from jupyter_faas.composer.fsm import compile_fsm, inline_name
from jupyter_faas.composer.lowering import lower
from jupyter_faas.composer.named_composition import NamedComposition
from jupyter_faas.composer.nodes import Composition
from jupyter_faas.composer.outline import outline
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
    "compile_fsm",
    "composed_json",
    "composition",
    "do",
    "doloop",
    "doloop_nosave",
    "dynamic",
    "embedded_actions",
    "empty",
    "ensure",
    "function",
    "inline_functions",
    "inline_name",
    "javascript_functions",
    "least_calls",
    "let",
    "literal",
    "live_references",
    "loop",
    "loop_nosave",
    "lower",
    "map",
    "mask",
    "merge",
    "named_compositions",
    "outline",
    "par",
    "parallel",
    "parse",
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
