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
code), a packaged function or another composition. Building a tree does not run or deploy anything.

============================================= ====================================================
``sequence`` ``seq`` ``empty`` ``task``       run tasks one after another
``when`` ``when_nosave``                      choose between two tasks
``loop`` ``doloop`` ``…_nosave``              repeat while a test is true, checked before or after
``repeat`` ``retry``                          repeat a number of times; repeat after an error
``do`` ``ensure``                             handle an error; always run a final task
``let`` ``mask``                              declare or hide variables of inline functions
``retain`` ``retain_catch`` ``merge``         return the input with the output, or merge them
``value`` ``literal`` ``function`` ``action`` return a constant, run inline code, call an action
``dynamic``                                   call the action that is named in the input
``parallel`` ``par`` ``map``                  run tasks at the same time, keep results in order
``asynchronous``                              start a task without waiting for it
``composition``                               name a sequence, to deploy it
============================================= ====================================================

After a test, the ``…_nosave`` combinators pass on the test's result. The combinators without this
suffix pass on the test's input.

This package implements OpenWhisk Composer's syntax tree and compiles it to the states that a
conductor runs. It does not depend on packaging, targets or notebooks.
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
    map,  # noqa: A004 - the combinator is known by this name
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
from jupyter_faas.composer.source_functions import with_live_functions
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
    "with_live_functions",
]
