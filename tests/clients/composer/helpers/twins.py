"""The compositions of ``compositions/NAME.js`` once more, as cells of a notebook."""

from __future__ import annotations

TWINS = {
    "action": 'action("increment")',
    "actions": """
sequence("tools/half", "/whisk.system/utils/echo", action("/_/increment"), task("double"))
""",
    "made": """
sequence(
    action("of-function", code="const main = ({ n }) => ({ n: n + 1 })", kind="nodejs:default"),
    action(
        "of-text",
        code="const by = 2; function main({ n }) { return { n: n * by } }",
        kind="nodejs:default",
        limits={"timeout": 5000, "memory": 128, "logs": 1},
    ),
    action("of-python", code='def main(args):\\n    return {"n": args["n"] - 3}\\n'),
    action("of-file", code="const main = ({ n }) => ({ n: n * 2 })", kind="nodejs:default"),
    action("of-others", sequence=["increment", "increment"]),
)
""",
    "function": 'function(lambda p: {"product": p["x"] * p["y"]})',
    "function_boxed": 'sequence(lambda p: p["n"] + 1, lambda p: [p["value"], p["value"]])',
    "function_unreturned": """
def add(params):
    params["n"] += 1

function(add)
""",
    "function_throws": """
def burst():
    raise RuntimeError("out of order")

sequence("increment", burst)
""",
    "function_of_function": "function(lambda: lambda: 1)",
    "literal": 'literal({"message": "always", "parts": [1, {"two": 2}, None]})',
    "value": 'value("alone")',
    "sequence": 'sequence("increment", "double", lambda p: {"n": p["n"] - 1})',
    "seq": 'seq("double", seq("increment", seq()), None)',
    "seq_fails": 'seq("increment", "fail", "double")',
    "empty": "empty()",
    "let": """
def keep(params):
    global n, seen
    seen = list(params)
    n = params["n"]

def change():
    global n
    n = "changed inside"

let(
    {"n": 42, "seen": None},
    lambda: {"n": n},
    "increment",
    keep,
    let({"n": "inner"}, change),
    lambda: {"n": n, "seen": seen},
)
""",
    "mask": """
def again():
    global n
    n -= 1
    return n >= 0

def count():
    global n
    n += 1
    return n

def times(n, composition):
    return let({"n": n}, loop(again, mask(composition)))

let({"n": 0}, times(3, times(4, count)))
""",
    "if": 'when("even", "tools/half", "increment")',
    "if_alone": 'when(lambda p: p["n"] > 10, lambda: {"much": True})',
    "if_nosave": """
def test(params):
    params["value"] = params["n"] % 2 == 0

def halve(params):
    params["n"] /= 2

when_nosave(test, halve)
""",
    "while": 'loop("even", "tools/half")',
    "while_nosave": """
def test(params):
    params["value"] = params["n"] % 2 == 0

def halve(params):
    params["n"] /= 2

loop_nosave(test, halve)
""",
    "dowhile": 'doloop("increment", lambda p: p["n"] % 5 != 0)',
    "dowhile_nosave": """
def add(params):
    params["n"] += 1

def test(params):
    params["value"] = params["n"] < 3

doloop_nosave(add, test)
""",
    "repeat": 'repeat(3, "increment", "double")',
    "try": """
do(when(lambda p: p["n"] > 0, "increment", "fail"), lambda p: {"caught": p["error"]})
""",
    "try_nested": """
do(
    do(let({"depth": 1}, mask("fail")), lambda p: {"error": p["error"] + ", again"}),
    lambda p: {"caught": p["error"]},
)
""",
    "finally": """
ensure(when(lambda p: p["n"] > 0, "increment", "fail"), lambda p: {"at_last": p})
""",
    "retry": """
def unlucky():
    global failures
    failures -= 1
    return failures >= 0

let(
    {"failures": 2},
    retry(3, when(unlucky, "fail", "increment")),
    lambda p: {"n": p["n"], "failures": failures},
)
""",
    "retry_in_vain": 'retry(2, "fail")',
    "retain": 'retain("increment", "double")',
    "retain_fails": 'retain("fail")',
    "retain_catch": 'retain_catch("increment", "fail")',
    "merge": 'merge("increment", lambda p: {"n": p["n"], "more": p["n"] * 10})',
    "dynamic": "dynamic()",
    "dynamic_neighbour": """
import os

def beside(params):
    there = os.environ["__OW_ACTION_NAME"].rpartition("/")[0]
    return {"type": "action", "params": params, "name": f"{there}/half"}

sequence(beside, dynamic())
""",
    "inner": 'sequence("increment", "double")',
    "nested": 'sequence("inner", "both", "increment")',
    "missing": 'sequence("increment", "no-such-action", "double")',
    "missing_caught": 'do("no-such-action", lambda p: {"caught": p["error"]})',
    "sixty": 'repeat(60, "increment")',
    "sixty_caught": 'do(repeat(60, "increment"), lambda p: {"caught": p["error"]})',
    "async": """
def lose(params):
    global by
    by = 0
    return params

let(
    {"by": 10},
    asynchronous(lambda p: {"n": p["n"] + by}, "increment", lose),
    lambda p: {"started": p, "by": by},
)
""",
    "parallel": 'parallel("increment", seq("double", "double"), "fail", lambda p: p["n"])',
    "par": """
def more(params):
    global by
    by = 20
    return {"n": params["n"] + by}

let(
    {"by": 10},
    par(more, lambda p: {"n": p["n"] + by}),
    lambda p: {"value": p["value"], "by": by},
)
""",
    "map": 'map("increment", lambda p: {"n": p["n"], "more": p["n"] > 2})',
    "map_values": 'map(lambda p: {"n": p["value"]}, "increment", lambda p: p["n"])',
    "map_of_parallel": 'map(parallel("increment", "double"))',
    "map_caught": """
do(
    seq(map("fail"), lambda p: {"errors": [each["error"] for each in p["value"]]}),
    lambda p: {"caught": p["error"]},
)
""",
}
