"""Code that depends on the order of a set, or on the hash of a text, and code that does not."""

from __future__ import annotations

import ast

import pytest

from jupyter_faas.capture.analysis.set_order import SetRead, find_set_order

FUNCTION = "def f(x, w, name: str, n: int, numbers: list[int]):\n"


def reads(*lines: str) -> tuple[SetRead, ...]:
    body = "\n".join(f"    {line}" for line in lines)
    return find_set_order(ast.parse(FUNCTION + body)).reads


@pytest.mark.parametrize(
    "lines",
    [
        ("return list(set(x))[0]",),
        ("return next(iter(set(x)))",),
        ("return next(one for one in set(x) if one)",),
        ("return max(set(x), key=x.count)",),
        ("return sorted(set(x), key=len)",),
        ("return ', '.join(set(w.split()))",),
        ("return ', '.join(f'{one}!' for one in set(x))",),
        ("found = set(w.lower().split())", "return [one for one in found]"),
        ("seen = set()", "for one in x:", "    seen.add(one)", "return tuple(seen)"),
        ("for one in {str(each) for each in x}:", "    w.append(one)"),
        ("for one in set(x):", "    w += one"),
        ("first, second = set(x)",),
        ("return [*{'a', 'b'}]",),
        ("return list(x.keys() & w.keys())",),
        ("return list(set(x) - set(w))",),
        ("return set(x).pop()",),
        ("return tuple(set(x).union(w))",),
        ("found = list(set(x))", "return found[0]"),
        ("return hash(name) % 10",),
        ("return hash('a' + str(n))",),
    ],
    ids=" / ".join,
)
def test_code_that_depends_on_the_order(lines: tuple[str, ...]) -> None:
    (read,) = reads(*lines)
    assert read.user == "f"


@pytest.mark.parametrize(
    "lines",
    [
        ("return sorted(set(x))",),
        ("return sorted(list(set(x)))",),
        ("return sorted([one for one in set(x)])",),
        ("found = list(set(x))", "return sorted(found)"),
        ("found = list(set(x))", "found.sort()", "return found[0]"),
        ("return len(set(x))",),
        ("return w in set(x)",),
        ("return any(one in w for one in set(x))",),
        ("return sum(len(one) for one in set(x))",),
        ("return max(set(x))",),
        ("for one in set(x):", "    w[one] = x.count(one)"),
        ("for one in set(x):", "    if one in w:", "        n += 1"),
        ("return {one: 1 for one in set(x)}",),
        ("return x[x.city.isin(list(set(w)))]",),
        ("return list(x)",),
        ("return list(set(range(n)))",),
        ("return list({1, 2, 3})",),
        ("return list({int(one) for one in x})",),
        ("return list(set(map(len, x)))",),
        ("return list(set(numbers))",),
        ("return hash(n)",),
    ],
    ids=" / ".join,
)
def test_code_that_does_not(lines: tuple[str, ...]) -> None:
    assert reads(*lines) == ()


def test_a_method_that_computes_the_hash_of_an_object_is_as_usual() -> None:
    source = "class A:\n    def __hash__(self):\n        return hash(self.name)"
    assert find_set_order(ast.parse(source)).reads == ()


def test_the_note_says_what_is_known_of_the_items() -> None:
    differs = "its order differs in each worker"
    (known,), (unknown,) = reads("return list(set(w.split()))"), reads("u = set(x)", "return [*u]")
    assert (known.text, known.note) == ("set(w.split())", differs)
    assert (unknown.text, unknown.note) == ("set(x)", f"if it contains texts, {differs}")
