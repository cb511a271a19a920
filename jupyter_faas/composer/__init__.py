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

Combinators build a tree of tasks. A task is the name of an action, a function or lambda (inline
code), a packaged function or another composition. Building a tree runs and deploys nothing.

============================================= ====================================================
``sequence`` ``seq`` ``empty`` ``task``       run tasks one after another
``when`` ``when_nosave``                      choose between two tasks
``loop`` ``doloop`` ``…_nosave``              repeat while a test holds; test before or after
``repeat`` ``retry``                          repeat a number of times; repeat after an error
``do`` ``ensure``                             handle an error; run a task in any case
``let`` ``mask``                              declare variables of inline functions; hide them
``retain`` ``retain_catch`` ``merge``         keep the input, next to the output or merged with it
``value`` ``literal`` ``function`` ``action`` return a constant, run inline code, call an action
``dynamic``                                   call the action that the parameters name
``parallel`` ``par`` ``map``                  run tasks at the same time, with results in order
``asynchronous``                              start a task without waiting for it
``composition``                               name a sequence, to deploy it
============================================= ====================================================

After a test, ``…_nosave`` passes on the result of the test; the others pass on its input.

This package handles OpenWhisk Composer's syntax tree and the states that a conductor steps
through. Packages, targets and notebooks are outside its scope.
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
