"""A composition in a real browser: deployed by the button, its session opened from the sidebar."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)

LOAD = "%load_ext jupyter_faas"

DOUBLE = """%%function double
def double(value: int):
    return {"value": 2 * value}"""

FLAKY = """%%function flaky
def flaky(attempt: int):
    if attempt < 3:
        raise RuntimeError(f"not at attempt {attempt}")
    return {"value": attempt}"""

BROKEN = """%%function broken
def broken():
    raise ValueError("out of order")"""

TIDY = """%%function tidy
def tidy(params):
    print("tidied up after", params["error"])
    return {"value": 1}"""

QUADRUPLE = """%%composition quadruple
sequence(double, double)"""

EVERYTHING = """%%composition everything
def attempt():
    global tries
    tries = tries + 1
    return {"attempt": tries}

sequence(
    let({"tries": 0}, retry(3, attempt, flaky)),
    ensure(broken, tidy),
    do(broken, lambda: {"value": 1}),
    quadruple,
    retain(asynchronous(double)),
    lambda: {"value": list(range(20))},
    map(double),
)"""

# Of each action how often it was called, and failed.
CALLS = {"flaky": (3, 2), "broken": (2, 2), "tidy": (1, 0), "quadruple": (1, 0), "double": (23, 0)}

# The boxes of the graph that stand for calls, in its order: beginnings of what they say.
BOXES = [
    "def attempt():, reached 3 times",
    "flaky, called 3 times, 2 failed, cold start",
    "broken, called once, 1 failed",
    "tidy, called once",
    "broken, called once, 1 failed",
    'lambda: {"value": 1}, reached once',
    "quadruple, called once",
    "double, called once",
    'lambda: {"value": list(range(20))}, reached once',
    "double, called 20 times",
]


def test_composition_from_its_cell_to_its_session(page: Page, lab: Lab) -> None:
    cells = [LOAD, DOUBLE, FLAKY, BROKEN, TIDY, QUADRUPLE, EVERYTHING]
    lab.add_notebook("everything.ipynb", cells)
    open_notebook(page, lab, "everything.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="everything")
    expect(row).to_have_attribute("aria-label", "everything, not deployed, composition")
    row.get_by_role("button", name="Deploy everything").click()
    expect(row).to_contain_text(re.compile("v1.*Deployed"))
    for name in CALLS:
        called = sidebar.locator(".jp-FaasFunction", has_text=name)
        expect(called).to_contain_text(re.compile("v1.*Deployed"))

    ran = lab.api("POST", "faas/api/functions/everything/invocations", {"params": {}})
    assert ran["result"] == {"value": [{"value": 2 * item} for item in range(20)]}
    session = ended_session(lab, ran["id"])
    check_facts(session)
    whole = sidebar.locator(f'.jp-FaasActivationRow[data-id="{ran["id"]}"]')
    check_sidebar(page, sidebar, whole, session)

    whole.focus()
    page.keyboard.press("Enter")
    document = page.locator(".jp-FaasSession:not(.lm-mod-hidden)")
    expect(document.get_by_role("heading", name="everything")).to_be_visible()
    check_document(page, document, session)


def ended_session(lab: Lab, session_id: str) -> dict[str, Any]:
    """The session as the server tells it, once its asynchronous branch ended too."""
    while True:
        session: dict[str, Any] = lab.api("GET", f"faas/api/sessions/{session_id}")
        if not session["running"]:
            return session


def check_facts(session: dict[str, Any]) -> None:
    """What the server says: each call, the way it took, and the exact sum."""
    calls = [one for one in session["steps"] if one["role"] in ("action", "composition")]
    assert {name: counted(calls, name) for name in CALLS} == CALLS
    assert session["calls"] == len(calls) == sum(count for count, _ in CALLS.values())
    assert (session["retried"], session["failed"]) == (2, 4)
    visits = {path: (one["visits"], one["failed"]) for path, one in session["nodes"].items()}
    assert visits["[0][0][1]"] == (3, 2)
    assert (visits["[1].body"], visits["[1].finalizer"]) == ((1, 1), (1, 0))
    assert (visits["[2].body"], visits["[2].handler"]) == ((1, 1), (1, 0))
    assert (visits["[4][0][0]"], visits["[6][0]"]) == ((1, 0), (20, 0))
    parts = [Decimal(one["cost_per_million_usd"] or 0) for one in session["steps"]]
    assert Decimal(session["cost"]["per_million_usd"]) == sum(parts) > 0


def counted(calls: list[dict[str, Any]], name: str) -> tuple[int, int]:
    own = [one for one in calls if one["name"] == name]
    return len(own), sum(not one["ok"] for one in own)


def check_sidebar(page: Page, sidebar: Locator, whole: Locator, session: dict[str, Any]) -> None:
    """One row at the top, which opens to the calls; branches and rounds are no flood."""
    cost, calls = session["cost"]["text"], session["calls"]
    expect(whole).to_have_attribute(
        "aria-label", re.compile(f"everything, succeeded, {calls} calls, .*{re.escape(cost)}")
    )
    expect(sidebar.locator('[aria-level="1"]', has_text="everything")).to_have_count(1)
    whole.focus()
    page.keyboard.press("ArrowRight")
    steps = sidebar.locator('.jp-FaasActivationRow[aria-level="2"]')
    own = [one for one in session["steps"] if one["parent"] == session["id"]]
    inner = [one for one in own if one["role"] in ("conductor", "wait")]
    conductors = [one for one in inner if one["role"] == "conductor"]
    expect(steps).to_have_count(len(own) - len(inner) + 1)
    expect(steps.filter(has_text="branch")).to_have_count(20)
    expect(steps.last).to_contain_text(f"{len(conductors)} conductor runs")
    steps.filter(has_text="quadruple").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    deep = sidebar.locator('.jp-FaasActivationRow[aria-level="3"]')
    expect(deep.first).to_be_focused()
    expect(deep.filter(has_text="double")).to_have_count(2)
    for theme in both_themes(page):
        screenshot(sidebar, f"compositions-sidebar-{theme}")
    status = sidebar.get_by_label("Status")
    status.select_option(label="Cold start")
    expect(whole).to_be_visible()
    status.select_option(label="Any status")


def check_document(page: Page, document: Locator, session: dict[str, Any]) -> None:
    """The same path, counts and cost as the server tells, in three tabs and both themes."""
    cost = session["cost"]["text"]
    expect(document.locator(".jp-FaasSession-head")).to_contain_text(
        f"{session['calls']} calls, 2 retried, 4 failed"
    )
    expect(document.locator(".jp-FaasSession-figures")).to_contain_text(cost)
    for tab in ("Flow", "Trace", "Cost"):
        document.get_by_role("tab", name=tab).click()
        if tab == "Flow":
            boxes = document.locator(".jp-FaasFlow-box")
            expect(boxes).to_have_count(len(BOXES))
            for box, words in zip(boxes.all(), BOXES, strict=True):
                expect(box).to_have_attribute("aria-label", re.compile("^" + re.escape(words)))
        else:
            expect(document.locator(".jp-FaasTable-total")).to_contain_text(cost)
        for theme in both_themes(page):
            screenshot(document, f"compositions-{tab.lower()}-{theme}")
