"""Every verb, option, setting, variable and endpoint is told of, and a new one is missed."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.routing import Route

from jupyter_faas.commands.arguments import COMMON, Argument, Outcome
from jupyter_faas.commands.table import VERBS, Verb
from jupyter_faas.magics.cells.options import COMPOSITION_ARGUMENTS, FUNCTION_ARGUMENTS
from jupyter_faas.playground.http.routes import Resource, routes
from jupyter_faas.playground.options import option_parser
from jupyter_faas.server import FaasExtension
from jupyter_faas.server.handlers import ROUTES
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.project.helpers.documented import (
    code_words,
    missing_arguments,
    missing_verbs,
    missing_words,
    rows_without_words,
)
from tests.project.test_package import ROOT
from tools.reference import GENERATED
from tools.reference.endpoints import (
    backend_endpoints,
    extension_endpoints,
    playground_endpoints,
    server_endpoints,
    undescribed,
)
from tools.reference.found import environment_variables, settings_keys, words_of_requests
from tools.reference.options import (
    SCHEMA,
    declared_lab_settings,
    lab_settings,
    playground_options,
    server_options,
)

REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")
WRITTEN = (ROOT / "docs" / "settings.md").read_text("utf-8")
# With the tables that the site has in the places of its marks.
SETTINGS = "\n".join([WRITTEN, lab_settings(), server_options(), playground_options()])
MADE_UP = Verb(
    "frobnicate",
    "Frobnicate a function.",
    lambda *_: Outcome(None, []),
    (Argument("loudly", "With noise.", "--loudly", kind="switch"),),
)


def own(found: list[Route]) -> list[Route]:
    """Those that OpenWhisk has not; what it has is in the playground's own API document."""
    return [route for route in found if route.path.startswith(("/faas/", "/runtime/"))]


def test_every_verb_and_option() -> None:
    assert missing_verbs(REFERENCE, VERBS) == []
    assert missing_arguments(REFERENCE, COMMON) == []
    assert missing_arguments(REFERENCE, (*FUNCTION_ARGUMENTS, *COMPOSITION_ARGUMENTS)) == []


def test_every_verb_is_in_the_readme() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("## The verbs")[2]
    rows = table.partition("\n## ")[0]
    assert [verb.name for verb in VERBS if f"faas {verb.name} " not in rows.replace("`", " ")] == []


def test_a_new_verb_or_option_is_missed() -> None:
    assert missing_verbs(REFERENCE, [*VERBS, MADE_UP]) == ["frobnicate", "frobnicate --loudly"]
    logs = next(verb for verb in VERBS if verb.name == "logs")
    longer = Verb(logs.name, logs.help, logs.run, (*logs.arguments, *MADE_UP.arguments))
    assert missing_verbs(REFERENCE, [longer]) == ["logs --loudly"]
    assert missing_arguments(REFERENCE, MADE_UP.arguments) == ["--loudly"]


@pytest.fixture(scope="module")
def read_variables() -> set[str]:
    """The environment variables that the package reads. Finding them takes seconds."""
    return set(environment_variables(ROOT / "jupyter_faas"))


def test_every_environment_variable(read_variables: set[str]) -> None:
    assert missing_words(SETTINGS, read_variables) == []


def test_no_variable_is_told_that_is_not_read(read_variables: set[str]) -> None:
    told = {word for word in code_words(WRITTEN) if word.startswith("JUPYTER_FAAS_")}
    assert told <= read_variables


def test_a_new_variable_is_found_and_missed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('LOUD = "MADE_UP_LOUD"\nPREFIX = "JUPYTER_FAAS_X_"\n')
    (tmp_path / "b.py").write_text(
        "import os\nfrom a import LOUD, PREFIX\n"
        'os.environ.get(LOUD)\nos.environ["MADE_UP"]\nenviron.get(f"{PREFIX}Y", "")\n'
    )
    found = environment_variables(tmp_path)
    assert found == {"MADE_UP_LOUD", "MADE_UP", "JUPYTER_FAAS_X_Y"}
    assert missing_words(SETTINGS, found) == sorted(found)


def test_every_key_of_settings_json() -> None:
    source = ROOT / "jupyter_faas" / "workspace" / "settings.py"
    assert missing_words(SETTINGS, settings_keys(source)) == []
    assert missing_words(SETTINGS, (each.name for each in fields(TargetSettings))) == ["name"]


def test_a_new_key_is_found(tmp_path: Path) -> None:
    source = tmp_path / "settings.py"
    source.write_text('def f(self):\n    return self._read().get("made_up")\n')
    assert missing_words(SETTINGS, settings_keys(source)) == ["made_up"]


def test_every_setting_of_jupyterlab_and_of_the_server() -> None:
    declared = declared_lab_settings(SCHEMA)
    assert missing_words(lab_settings(), declared) == []
    assert rows_without_words(declared) == []
    traits = FaasExtension.class_own_traits(config=True)
    assert missing_words(server_options(), (f"--FaasExtension.{name}" for name in traits)) == []
    assert all(trait.help for trait in traits.values())


def test_a_setting_without_words_is_missed() -> None:
    assert rows_without_words({"a": {"description": "It."}, "b": {}}) == ["b"]


def test_every_option_of_the_playground() -> None:
    shown = [each for each in option_parser({})._actions if each.help is not argparse.SUPPRESS]
    flags = {each.option_strings[-1] for each in shown} - {"--help"}
    assert missing_words(playground_options(), flags) == []
    assert all(each.help for each in shown)


def test_every_endpoint() -> None:
    server, backend = extension_endpoints(ROUTES), backend_endpoints(own(routes()))
    assert undescribed([*server, *backend]) == []
    assert words_of_requests([*server, *backend]) == {}
    assert missing_words(server_endpoints(), (each.label for each in server)) == []
    assert missing_words(playground_endpoints(), (each.label for each in backend)) == []


def test_a_new_endpoint_is_missed() -> None:
    class MadeUp:
        def get(self) -> None: ...

        def post(self) -> None:
            """Reads ``told``."""
            self.word("told")
            self.word("untold")

        def word(self, key: str) -> None: ...

    async def handler(request: object) -> None: ...

    server = extension_endpoints([("faas/api/made-up", MadeUp)])
    backend = backend_endpoints([Route("/faas/made-up", Resource(PUT=handler))])  # type: ignore[arg-type]
    assert undescribed([*server, *backend]) == ["GET /faas/api/made-up", "PUT /faas/made-up"]
    assert words_of_requests(server) == {"POST /faas/api/made-up": {"untold"}}


@pytest.mark.parametrize("name", GENERATED)
def test_every_generated_part_stands_on_a_page(name: str) -> None:
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")]
    assert sum(page.count(f"<!-- generated: {name} -->") for page in pages) == 1
