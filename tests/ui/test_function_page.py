"""The page of a function in a real browser: read, called and copied by somebody without its
notebook."""

from __future__ import annotations

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.sync_api import Locator, Page, expect

from jupyter_faas.client import Client, playground_target
from tests.ui.helpers.cells import SETOSA, TRAIN, numbers
from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    command,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)

VIRGINICA = {"sepal_length": 6.7, "sepal_width": 3.0, "petal_length": 5.2, "petal_width": 2.3}
TESTS = " ".join(f"--test '{json.dumps(one)}'" for one in (numbers(SETOSA), VIRGINICA))
IRIS = f'''%%function species --web --sample X {TESTS}
SPECIES = ["setosa", "versicolor", "virginica"]

def species(
    sepal_length: float, sepal_width: float, petal_length: float, petal_width: float,
    unit: str = "cm",
) -> dict[str, str | float]:
    """Name the species of an iris from its four measurements.

    The model was trained on Fisher's 150 flowers.
    """
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {{"species": SPECIES[p.argmax()], "confidence": float(p.max())}}'''
TELL = '''%%function tell
def tell(species: str, confidence: float = 1.0):
    """A sentence about a flower."""
    return {"text": f"It is {species}."}'''
FLOWER = """%%composition flower
sequence(species, tell)"""


def page_of(page: Page, name: str) -> Locator:
    return page.locator(f"[id='jupyter_faas:function:{name}'] .jp-FaasPage")


def run_to_end(page: Page, lab: Lab, name: str, *deployed: str) -> None:
    open_notebook(page, lab, name)
    run_all(page)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'idle'"
    )
    there = {one["name"] for one in lab.api("GET", "faas/api/functions")["functions"]}
    assert set(deployed) <= there


@pytest.fixture(scope="module")
def flower(lab: Lab) -> None:
    lab.add_notebook("flower.ipynb", [TRAIN, IRIS, TELL, FLOWER, "%faas deploy flower"])


def pictures(page: Page, found: Locator, name: str) -> None:
    """The upper, the middle and the lower part of the page, in both themes."""
    for theme in both_themes(page):
        found.locator("h1").scroll_into_view_if_needed()
        screenshot(page, f"{name}-{theme}")
        found.get_by_role("region", name="API").evaluate("one => one.scrollIntoView()")
        screenshot(page, f"{name}-api-{theme}")
        found.locator(".jp-FaasPage-facts").evaluate("one => one.scrollIntoView({block: 'end'})")
        screenshot(page, f"{name}-end-{theme}")


def test_a_function_is_read_called_and_copied(page: Page, lab: Lab, flower: None) -> None:
    run_to_end(page, lab, "flower.ipynb", "species", "tell", "flower")
    row = show_sidebar(page).locator(".jp-FaasFunction", has_text="species").first
    # What the menu offers is what the panel knows when it opens.
    expect(row).to_contain_text("Deployed")
    row.get_by_role("button", name="More actions for species").click()
    page.get_by_role("menuitem", name="Open page").click()
    found = page_of(page, "species")
    expect(found.locator("h1")).to_contain_text("species")
    expect(found).to_contain_text("The model was trained on Fisher's 150 flowers.")
    parameters = found.get_by_role("region", name="Parameters").locator("tbody tr")
    expect(parameters).to_have_count(5)
    expect(parameters.first).to_contain_text(re.compile("sepal_length.*float.*required"))
    expect(parameters.last).to_contain_text(re.compile('unit.*str.*default "cm"'))
    expect(found.get_by_role("region", name="Result")).to_contain_text("str | float")
    # The target is at the end of the toolbar.
    bar = found.get_by_role("toolbar").bounding_box()
    target = found.locator(".jp-FaasSession-target").bounding_box()
    assert bar is not None
    assert target is not None
    assert bar["x"] + bar["width"] - target["x"] - target["width"] < 20

    facts = found.get_by_role("region", name="Facts")
    expect(facts).to_contain_text("%faas invoke species sepal_length=5.1")
    expect(facts).to_contain_text('"virginica"')
    expect(facts).to_contain_text("Pipeline(StandardScaler, LogisticRegression)")
    expect(facts).to_contain_text("Same as the original")
    expect(facts).to_contain_text("/web/guest/default/species.json")

    ways = found.get_by_role("region", name="How to call it")
    names = ["curl", "Python", "JavaScript", "wsk", "Another notebook", "Web URL"]
    expect(ways.get_by_role("tab")).to_have_text(names)
    for name in names:
        ways.get_by_role("tab", name=name).click()
        ways.get_by_role("button", name=f"Copy the {name} snippet").click()
    expect(ways.locator("pre").last).to_contain_text("species.json")
    usage = lab.api("GET", "faas/api/functions/species/usage")
    assert numbers(SETOSA).items() <= usage["params"].items()
    page.context.grant_permissions(["clipboard-read"])
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == usage["snippets"][-1]["code"]

    api = found.get_by_role("region", name="API")
    expect(api.get_by_role("button", name="POST /default/species.json")).to_have_attribute(
        "aria-expanded", "true"
    )
    expect(api).to_contain_text("Anyone can call it.")
    expect(api.locator("tbody th", has_text="sepal_length")).to_be_visible()
    with page.expect_download() as downloading:
        api.get_by_role("button", name="Download the OpenAPI document").click()
    assert downloading.value.suggested_filename == "openapi.json"
    document = json.loads(downloading.value.path().read_text("utf-8"))
    OpenAPIV31SpecValidator(document).validate()
    assert list(document["paths"]) == ["/default/species.json"]

    form = found.get_by_role("form", name="Parameters of species")
    found.get_by_role("button", name="Fill in example 2").click()
    expect(form.get_by_label("petal_length")).to_have_value("5.2")
    form.get_by_role("button", name="Invoke species").click()
    expect(found.get_by_role("region", name="Try it")).to_contain_text('"virginica"')
    pictures(page, found, "function-page")

    found.get_by_role("link", name=re.compile("Open activation")).click()
    session = page.locator(".jp-FaasSession:visible")
    expect(session.locator("h1")).to_contain_text("species")
    session.get_by_role("button", name="species").click()
    expect(found).to_be_visible()
    found.get_by_role("tab", name="History").click()
    expect(found.get_by_role("tabpanel")).to_contain_text("flower.ipynb")


def test_at_280_px(page: Page, lab: Lab, flower: None) -> None:
    run_to_end(page, lab, "flower.ipynb", "species")
    command(page, "faas:open-function", {"name": "species"})
    found = page_of(page, "species")
    found.get_by_role("tab", name="curl").wait_for()
    command(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 366, "height": 900})
    page.wait_for_function("document.querySelector('.jp-FaasPage').clientWidth < 300")
    # The page itself does not scroll sideways: what is wider does so within it.
    assert not found.evaluate("one => one.scrollWidth > one.clientWidth")
    for title in ("Parameters", "Try it", "How to call it", "API", "Facts"):
        region = found.get_by_role("region", name=title, exact=True)
        region.scroll_into_view_if_needed()
        box, inside = region.bounding_box(), found.bounding_box()
        assert box is not None and inside is not None
        assert box["width"] <= inside["width"]
    pictures(page, found, "function-page-280")


def test_by_keyboard_alone(page: Page, lab: Lab, flower: None) -> None:
    run_to_end(page, lab, "flower.ipynb", "species")
    command(page, "faas:open-function", {"name": "species"})
    found = page_of(page, "species")
    found.get_by_role("tab", name="curl").wait_for()
    found.get_by_role("toolbar").get_by_role("button").first.focus()

    def tab_to(target: Locator, at_most: int = 25) -> None:
        for _ in range(at_most):
            if target.evaluate("one => one === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by Tab")

    form = found.get_by_role("form")
    tab_to(form.get_by_label("petal_length"))
    page.keyboard.press("Control+a")
    page.keyboard.type("5.5")
    page.keyboard.press("Enter")
    link = found.get_by_role("link", name=re.compile("Open activation"))
    expect(link).to_be_visible()
    tab_to(found.get_by_role("tab", name="curl"))
    page.keyboard.press("ArrowRight")
    expect(found.get_by_role("tab", name="Python")).to_be_focused()
    expect(found.get_by_role("tabpanel").last).to_contain_text("import requests")
    tab_to(found.get_by_role("button", name="Copy the Python snippet"))
    tab_to(found.get_by_role("button", name="Copy the web URL of species"))
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".jp-FaasSession:visible h1")).to_contain_text("species")


def test_a_composition_shows_its_graph(page: Page, lab: Lab, flower: None) -> None:
    run_to_end(page, lab, "flower.ipynb", "flower")
    command(page, "faas:open-function", {"name": "flower"})
    found = page_of(page, "flower")
    graph = found.get_by_role("region", name="Graph")
    expect(graph.get_by_label(re.compile("^species")).first).to_be_visible()
    pictures(page, found, "function-page-composition")
    graph.get_by_role("button", name="Open the graph of flower").click()
    expect(page.locator(".jp-FaasGraph:visible")).to_contain_text("flower")


def test_a_function_of_another_tool_at_a_narrow_width(page: Page, lab: Lab, flower: None) -> None:
    client = Client(playground_target(lab.data_dir))
    code = "def main(args):\n    return {'seen': sorted(args)}\n"
    client.put_action("foreign", {"exec": {"kind": "python:3.11", "code": code}})
    client.close()
    run_to_end(page, lab, "flower.ipynb", "species")
    command(page, "faas:refresh")
    command(page, "faas:open-function", {"name": "foreign"})
    found = page_of(page, "foreign")
    expect(found).to_contain_text("The parameters are not known")
    found.get_by_label("Parameters as JSON").fill('{"b": 1, "a": 2}')
    found.get_by_role("button", name="Invoke foreign").click()
    expect(found.get_by_role("region", name="Try it")).to_contain_text('"seen"')
    expect(found.get_by_role("region", name="API")).to_contain_text("set its annotation web-export")
    pictures(page, found, "function-page-foreign")

    command(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 346, "height": 900})
    for name in ("foreign", "species"):
        command(page, "faas:open-function", {"name": name})
        found = page_of(page, name)
        found.get_by_role("tab", name="curl").wait_for()
        body = found.locator(".jp-FaasPage-page")
        assert body.evaluate("one => one.scrollWidth <= one.clientWidth")
        pictures(page, found, f"function-page-{name}-narrow")
