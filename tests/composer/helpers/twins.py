"""Compositions in two languages, that are to be the same in everything but functions' code."""

from __future__ import annotations

from typing import NamedTuple

from jupyter_faas.composer import (
    Composition,
    action,
    asynchronous,
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
    map,  # noqa: A004 (the combinator)
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


class Twin(NamedTuple):
    """``name`` is for the report, ``js`` an expression in ``composer``."""

    name: str
    js: str
    python: Composition


def _is_even(p: dict[str, int]) -> bool:
    return p["n"] % 2 == 0


_JS_EVEN = "({ n }) => n % 2 === 0"

_COMPONENTS = {
    "sequence": sequence,
    "seq": seq,
    "mask": mask,
    "async": asynchronous,
    "parallel": parallel,
    "par": par,
    "map": map,
    "retain": retain,
    "retain_catch": retain_catch,
    "merge": merge,
}

# With no component, one, and several: how many there are decides which states there are.
LISTS = [
    Twin(f"{name}_of_{len(tasks)}", f"composer.{name}({', '.join(map_js)})", made(*tasks))
    for name, made in _COMPONENTS.items()
    for tasks, map_js in (
        ((), ()),
        (("a",), ("'a'",)),
        (("a", lambda: None, "c"), ("'a'", "() => {}", "'c'")),
    )
]

COUNTED = [
    Twin(f"{name}_of_{len(tasks)}", f"composer.{name}({', '.join(('2', *js))})", made(2, *tasks))
    for name, made in (("repeat", repeat), ("retry", retry))
    for tasks, js in (((), ()), (("a",), ("'a'",)), (("a", "b"), ("'a'", "'b'")))
]

ARGUMENTS = [
    Twin("if", f"composer.if({_JS_EVEN}, 'a', 'b')", when(_is_even, "a", "b")),
    Twin("if_alone", f"composer.if({_JS_EVEN}, 'a')", when(_is_even, "a")),
    Twin("if_null", "composer.if('t', null, 'b')", when("t", None, "b")),
    Twin("if_nosave", "composer.if_nosave('t', 'a', 'b')", when_nosave("t", "a", "b")),
    Twin("if_nosave_alone", "composer.if_nosave('t', 'a')", when_nosave("t", "a")),
    Twin("while", "composer.while('t', 'a')", loop("t", "a")),
    Twin("while_nosave", "composer.while_nosave('t', 'a')", loop_nosave("t", "a")),
    Twin("dowhile", "composer.dowhile('a', 't')", doloop("a", "t")),
    Twin("dowhile_nosave", "composer.dowhile_nosave('a', 't')", doloop_nosave("a", "t")),
    Twin("try", "composer.try('a', 'h')", do("a", "h")),
    Twin("finally", "composer.finally('a', 'f')", ensure("a", "f")),
    Twin("let", "composer.let({ n: 1, m: null }, 'a')", let({"n": 1, "m": None}, "a")),
    Twin("let_alone", "composer.let({})", let({})),
    Twin("value", "composer.value([1, { a: 'b' }])", value([1, {"a": "b"}])),
    Twin("literal", "composer.literal({ n: 0.5 })", literal({"n": 0.5})),
    Twin("value_null", "composer.value(null)", value(None)),
    Twin("function", f"composer.function({_JS_EVEN})", function(_is_even)),
    Twin("function_task", f"composer.task({_JS_EVEN})", task(_is_even)),
    Twin("dynamic", "composer.dynamic()", dynamic()),
    Twin("empty", "composer.empty()", empty()),
    Twin("task_null", "composer.task(null)", task(None)),
]

NAMES = [
    Twin("name", "composer.action('iris')", action("iris")),
    Twin("name_in_package", "composer.task('models/iris')", task("models/iris")),
    Twin("name_of_namespace", "composer.task('/guest/iris')", task("/guest/iris")),
    Twin("name_of_all", "composer.task('/guest/models/iris')", task("/guest/models/iris")),
    Twin("name_of_three", "composer.task('guest/models/iris')", task("guest/models/iris")),
    Twin("name_with_space", "composer.task(' iris ')", task(" iris ")),
]

CARRIED = [
    Twin(
        "carried_code",
        "composer.action('of', { action: 'const main = p => p', limits: { memory: 128 } })",
        action("of", code="def main(p): return p", limits={"memory": 128}),
    ),
    Twin(
        "carried_sequence",
        "composer.seq(composer.action('both', { sequence: ['a', 'pkg/b'] }), 'a')",
        seq(action("both", sequence=["a", "pkg/b"]), "a"),
    ),
    Twin(
        "carried_deep_and_twice",
        "composer.if(composer.action('t', { action: 'x' }), 'a', "
        "composer.let({ n: 1 }, composer.action('t', { action: 'y' })))",
        when(action("t", code="x"), "a", let({"n": 1}, action("t", code="y"))),
    ),
]

NESTED = [
    Twin(
        "loops_in_loops",
        "composer.let({ n: 0 }, composer.repeat(3, composer.repeat(4, () => ++n)), () => n)",
        let({"n": 0}, repeat(3, repeat(4, lambda: 1)), lambda: 2),
    ),
    Twin(
        "all_ends",
        "composer.try(composer.finally(composer.retry(2, composer.if('t', composer.while('u', "
        "composer.dowhile('a', 'v')), composer.retain_catch('b', composer.merge('c')))), "
        "'f'), composer.parallel(composer.map('d'), composer.async('e', 'g')))",
        do(
            ensure(
                retry(
                    2,
                    when(
                        "t",
                        loop("u", doloop("a", "v")),
                        retain_catch("b", merge("c")),
                    ),
                ),
                "f",
            ),
            parallel(map("d"), asynchronous("e", "g")),
        ),
    ),
    Twin(
        "choices_in_choices",
        "composer.if_nosave(composer.if('t', 'u'), composer.if_nosave('v', 'a', "
        "composer.if('w', composer.empty(), 'b')), composer.if_nosave('x', composer.seq()))",
        when_nosave(
            when("t", "u"),
            when_nosave("v", "a", when("w", empty(), "b")),
            when_nosave("x", seq()),
        ),
    ),
    Twin(
        "masked_lets",
        "composer.let({ a: 1 }, composer.let({ b: [] }, composer.mask(composer.mask(() => 1), "
        "composer.value('x')), composer.dynamic()))",
        let({"a": 1}, let({"b": []}, mask(mask(lambda: 1), value("x")), dynamic())),
    ),
    Twin(
        "branches_in_branches",
        "composer.par(composer.map(composer.par(), composer.par('a')), composer.seq('b', "
        "composer.async()), composer.while_nosave(composer.par('t', 'u'), composer.map()))",
        par(
            map(par(), par("a")),
            seq("b", asynchronous()),
            loop_nosave(par("t", "u"), map()),
        ),
    ),
    Twin(
        "functions_between",
        "composer.sequence(() => 1, composer.retry(1, p => p, composer.retain(p => p)), "
        "composer.dowhile_nosave(p => p, () => 2), composer.try(p => p, p => p))",
        sequence(
            lambda: 1,
            retry(1, lambda p: p, retain(lambda p: p)),
            doloop_nosave(lambda p: p, lambda: 2),
            do(lambda p: p, lambda p: p),
        ),
    ),
]

TWINS = [*LISTS, *COUNTED, *ARGUMENTS, *NAMES, *CARRIED, *NESTED]
