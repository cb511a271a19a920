"""The table of a session's steps: what stands below what, and what is one line."""

from __future__ import annotations

from typing import Any

from jupyter_faas.commands.sessions import steps_table
from tests.workspace.helpers.samples import sample

ROOT = "r"
_SAMPLE = sample("session")["steps"][1]


def step(one: str, parent: str = ROOT, role: str = "action", **more: Any) -> dict[str, Any]:
    """A warm run of 1 ms for $0.425."""
    own = role in ("action", "conductor", "wait")
    return {
        **_SAMPLE,
        "id": one,
        "parent": parent,
        "role": role,
        "name": more.pop("name", "work"),
        "path": None,
        "nth": None,
        "error": None,
        "status": "success",
        "cold": False,
        "kind": "python:3.11" if own else "sequence",
        "wait_ms": 2,
        "init_ms": None,
        "duration_ms": 1,
        "cost_per_million_usd": "0.425" if own else None,
        "cost_text": "$0.43" if own else None,
        **more,
    }


def rows(*steps: dict[str, Any], every: bool = False) -> list[list[str]]:
    """The cells of each line, the first with its indentation."""
    lines = steps_table({"id": ROOT, "steps": list(steps)}, every=every)
    table = lines[1 : lines.index("")] if "" in lines else lines[1:]
    starts = [lines[0].index(head) for head in ("STEP", "ROLE", "NODE")]
    cells = []
    for line in table:
        name, role = line[: starts[1]].rstrip(), line[starts[1] : starts[2]].strip()
        cells.append([name, role, " ".join(line[starts[2] :].split())])
    return cells


def names(found: list[list[str]]) -> list[str]:
    return [f"{name} {role}" for name, role, _ in found]


def test_parts_stand_below_what_they_belong_to_however_they_overlap() -> None:
    found = rows(
        step("b1", role="branch", name="one"),
        step("b2", role="branch", name="two"),
        step("w1", "b1"),
        step("w2", "b2", name="other"),
        step("n1", "b1", role="sequence", name="inner"),
        step("w3", "n1", name="deep"),
    )
    assert names(found) == [
        "one branch",
        "  work action",
        "  inner sequence",
        "    deep action",
        "two branch",
        "  other action",
    ]


def test_a_part_of_what_is_not_shown_stands_by_itself() -> None:
    assert names(rows(step("w", "unknown"))) == ["work action"]


def test_runs_of_a_conductor_are_one_line_with_exact_sums() -> None:
    found = rows(
        step("c1", role="conductor", cold=True, init_ms=10, duration_ms=30),
        step("w1"),
        step("c2", role="conductor"),
        step("w2", name="other"),
        step("c3", role="conductor", status="application error", error="broken"),
    )
    assert names(found) == ["work conductor ×3", "work action", "other action"]
    # Rounded each, they were $1.29.
    assert found[0][2] == "1 cold, 2 warm 6 ms 10 ms 22 ms $1.28 broken"


def test_conductors_of_two_compositions_are_two_lines() -> None:
    found = rows(
        *(step(f"a{n}", role="conductor", name="outer") for n in range(2)),
        step("n", role="composition", name="inner"),
        *(step(f"b{n}", "n", role="conductor", name="inner") for n in range(2)),
    )
    assert names(found) == ["outer conductor ×2", "inner composition", "  inner conductor ×2"]


def branches(count: int, failing: int | None = None) -> list[dict[str, Any]]:
    """So many branches of a map, each with a run of its conductor and a call."""
    steps = []
    for number in range(count):
        bad = {"status": "application error", "error": "bad"} if number == failing else {}
        steps += [
            step(f"b{number}", role="branch", path="[0]", nth=number + 1, **bad),
            step(f"c{number}", f"b{number}", role="conductor"),
            step(f"w{number}", f"b{number}", path="[0][0]", nth=number + 1, **bad),
        ]
    return steps


def test_equal_branches_are_one_line_and_what_ran_in_them_is_below() -> None:
    found = rows(*branches(20))
    assert names(found) == ["work branch ×20", "  work conductor ×20", "  work action ×20"]
    assert found[2][2].startswith("root[0][0] warm 40 ms")
    assert found[2][2].endswith("$8.50 success")


def test_a_branch_that_failed_stands_by_itself() -> None:
    found = rows(*branches(20, failing=3))
    assert names(found) == [
        "work branch ×19",
        "  work conductor ×19",
        "  work action ×19",
        "work branch",
        "  work conductor",
        "  work action",
    ]
    assert found[3][2].startswith("root[0] ×4")
    assert found[3][2].endswith("bad b3")


def test_a_few_branches_have_a_line_each() -> None:
    found = rows(*branches(3))
    assert names(found) == ["work branch", "  work conductor", "  work action"] * 3


def test_all_of_them_where_that_is_asked_for() -> None:
    lines = steps_table({"id": ROOT, "steps": branches(20)}, every=True)
    assert len(lines) == 61
    assert lines[-1].endswith(" w19")


def test_what_is_summed_up_is_told() -> None:
    assert "--all" in steps_table({"id": ROOT, "steps": branches(20)})[-1]
    assert "--all" not in steps_table({"id": ROOT, "steps": branches(2)})[-1]


def test_long_errors_are_cut_to_a_line() -> None:
    (line,) = rows(step("w", error="a\nb " + "x" * 100))
    assert "a b xxx" in line[2]
    assert "x… w" in line[2]


def test_a_run_that_goes_on() -> None:
    running: dict[str, Any] = {"status": "running", "kind": None, "duration_ms": None}
    found = rows(step("w", **running, wait_ms=None, cost_per_million_usd=None, cost_text=None))
    assert found == [["work", "action", "— — — — running w"]]


def test_many_that_failed_are_one_line_whatever_their_errors() -> None:
    bad = {"status": "application error", "path": "[0]"}
    (line,) = rows(*(step(f"w{number}", error=f"no {number}", **bad) for number in range(9)))
    assert line[1] == "action ×9"
    assert line[2].endswith("no 0, 8 more")
