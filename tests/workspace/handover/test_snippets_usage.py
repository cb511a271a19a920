from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import ActionNotFound, TargetNotReachable
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.snippets import (
    Deployed,
    Usage,
    named_setup,
    sample_params,
    setup_of,
    usage,
)
from jupyter_faas.workspace.handover.web_actions import web_action_of
from jupyter_faas.workspace.local.function import load_action_main
from jupyter_faas.workspace.request import FunctionTest
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.client.helpers.server import closed_port
from tests.clients.helpers.target import auth_of
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request
from tests.workspace.helpers.samples import sample

ROOT = Path(__file__).parents[3]

# What an example may hold, to be quoted in five languages.
WORDS = 'it\'s "two" $HOME `id` \\ {x} ${y}\n✓ 5'
TAGS = ["5", "true", WORDS, "@file", None, 1.5, True]

TAG = """\
%%function tag
def tag(words: str, tags: list, number: str = "0"):
    return {"words": words, "tags": tags, "number": number}
"""

DEPLOYED = Deployed("geo/area", "http://host/api/v1/namespaces/_/actions/geo/area", "lab", "Lab")


def code(found: Usage, id_: str) -> str:
    (snippet,) = (each for each in found.snippets if each.id == id_)
    return snippet.code


def test_five_ways_and_the_web_address_of_a_web_action() -> None:
    assert [each.id for each in usage(DEPLOYED, "").snippets] == [
        *("curl", "python", "javascript", "wsk", "notebook")
    ]
    web = web_action_of("geo/area", {"web-export": True}, ())
    url = "http://host/api/v1/web/guest/geo/area.json"
    found = usage(replace(DEPLOYED, web=web, web_url=url), "")
    assert code(found, "web").splitlines()[-1].strip() == url
    assert "AUTH" not in code(found, "web")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(True, "--user "), ("pssst", '"X-Require-Whisk-Auth: $REQUIRE_WHISK_AUTH"')],
    ids=["key", "word"],
)
def test_web_address_that_asks_for_a_secret(wanted: object, words: str) -> None:
    web = web_action_of("geo/area", {"web-export": True, "require-whisk-auth": wanted}, ())
    text = code(usage(replace(DEPLOYED, web=web, web_url="http://host/x"), ""), "web")
    assert words in text
    assert "pssst" not in text


def test_certificate_is_not_checked_where_the_target_says_so() -> None:
    found = usage(replace(DEPLOYED, insecure=True), "")
    wanted = {"curl": "--insecure", "python": "verify=False", "wsk": "--insecure"}
    wanted["javascript"] = "ignore_certs: true"
    assert all(words in code(found, id_) for id_, words in wanted.items())
    checked = usage(DEPLOYED, "")
    assert not any(words in code(checked, id_) for id_, words in wanted.items())


def test_shortest_example_goes_before_made_up_parameters() -> None:
    schema = {
        "properties": {"a": {"type": ["number", "null"]}, "b": {"enum": ["x"]}, "c": {}},
        "required": ["a", "b"],
    }
    made_up = usage(replace(DEPLOYED, schema=schema), "")
    assert (made_up.params, made_up.params_from) == ({"a": 1.0, "b": "x"}, "schema")
    examples = ({"a": 10000, "c": 0}, {"a": 2, "c": 0}, {"a": "long" * 1000})
    found = usage(replace(DEPLOYED, examples=examples, preset=frozenset("c")), "")
    assert (found.params, found.params_from) == ({"a": 2}, "example")
    long = usage(replace(DEPLOYED, schema=schema, examples=examples[2:]), "")
    assert long.params_from == "schema"


def test_made_up_parameters_of_nested_and_unknown_kinds() -> None:
    schema = {
        "properties": {
            "a": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
            "b": {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]},
            "c": {},
            "d": {"type": "string"},
        },
        "required": ["a", "b", "c", "d"],
    }
    assert sample_params(schema, frozenset("d")) == {"a": {"n": 1}, "b": [], "c": None}
    assert sample_params(None, frozenset()) == {}


def test_made_up_parameters_fit_their_types() -> None:
    schema = sample("typed_schema")
    params = sample_params({**schema, "required": list(schema["properties"])}, frozenset())
    main = load_action_main()
    spec = {"name": "f", "parameter_style": "named", "schema": schema}
    given = main.bind(spec, params, main.converter(schema))[1]
    assert given["day"] == datetime.date(2026, 1, 31)
    assert params["table"] == [{"n": 1, "name": "text"}]


def test_setup_of_targets(tmp_path: Path) -> None:
    assert setup_of("wskprops", tmp_path, {}) == ""
    found = setup_of("playground", tmp_path / "a b", {})
    assert found == f"export WSK_CONFIG_FILE='{tmp_path}/a b/playground/wskprops'"
    assert setup_of("lab", tmp_path, {"lab": {"wskprops": "/etc/lab"}}).endswith("=/etc/lab")


def test_setup_carries_a_key_from_its_place_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("u:k\n", "utf-8")
    (tmp_path / "ca").write_text("", "utf-8")
    by_file = TargetSettings("lab", apihost="https://host", auth_file=str(tmp_path / "key"))
    by_name = TargetSettings(
        "lab2", apihost="https://host", auth_variable="LAB", namespace="n s", ca=f"{tmp_path}/ca"
    )
    for named, rest in ((by_file, ""), (by_name, "NAMESPACE=n s\n")):
        script = f'{named_setup(named)}\ncat "$WSK_CONFIG_FILE"; echo "$CURL_CA_BUNDLE" >&2'
        environ = {"HOME": str(tmp_path), "LAB": "u:k", "PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["bash", "-ec", script], env=environ, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"APIHOST=https://host\nAUTH=u:k\n{rest}"
        assert (tmp_path / f".wskprops-{named.name}").stat().st_mode & 0o077 == 0
    assert done.stderr.strip() == f"{tmp_path}/ca"


def tag_function(workspace: Workspace) -> None:
    """Put ``geo/tag`` there, whose example is hard to quote; its answer is ANSWER."""
    given = FunctionTest({"words": WORDS, "tags": TAGS, "number": "5"})
    request = function_request(TAG, "tag", package="geo", web=True, tests=(given,))
    workspace.deploy(workspace.package(request, run_cell(TAG)).record.id)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path_factory.mktemp("data"), target="playground")
    workspace.playground.start(port=closed_port())
    tag_function(workspace)
    yield workspace
    workspace.playground.stop()


@pytest.fixture(scope="module")
def found(workspace: Workspace) -> Usage:
    return workspace.handover.usage("geo/tag")


def run(found: Usage, command: str, folder: Path, **more: str) -> Any:
    """What a shell prints that has done the setup, as JSON."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **more}
    words = ["bash", "-ec", f"{found.setup}\n{command}"]
    done = subprocess.run(words, env=environ, capture_output=True, encoding="utf-8", timeout=50)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ANSWER = {"words": WORDS, "tags": TAGS, "number": "5"}


@pytest.mark.parametrize("id_", ["curl", "web"])
def test_curl_gives_the_result(found: Usage, id_: str, tmp_path: Path) -> None:
    assert run(found, code(found, id_), tmp_path) == ANSWER


@pytest.mark.parametrize("target", ["playground", "wskprops"])
def test_copied_curl_gives_the_result_and_holds_no_key(
    found: Usage, workspace: Workspace, target: str, tmp_path: Path
) -> None:
    """The commands that jest compares with those of *Copy as curl*."""
    info, copied = workspace.playground.start(), sample("curl")
    assert copied["params"] == ANSWER
    command = copied["commands"][target].replace("http://127.0.0.1:3233", info.apihost)
    command = command.replace(sample("status")["data_dir"], str(workspace.data_dir))
    places = {"WSK_CONFIG_FILE": str(info.wskprops)}
    assert run(replace(found, setup=""), command, tmp_path, **places) == ANSWER
    assert not any(part in command for part in auth_of(info.wskprops).split(":"))


def test_python_gives_the_result(found: Usage, tmp_path: Path) -> None:
    (tmp_path / "call.py").write_text(code(found, "python"), "utf-8")
    # As JSON, to be compared.
    text = (tmp_path / "call.py").read_text("utf-8")
    text = text.replace("print(response.json())", "print(response.text)")
    (tmp_path / "call.py").write_text(text, "utf-8")
    assert run(found, f"{sys.executable} {tmp_path}/call.py", tmp_path) == ANSWER


def test_another_notebook_gives_the_result(
    found: Usage, workspace: Workspace, tmp_path: Path
) -> None:
    *lines, last = code(found, "notebook").splitlines()
    text = "\n".join([*lines, f"import json; print(json.dumps({last}))"])
    (tmp_path / "cell.py").write_text(text, "utf-8")
    more = {"JUPYTER_FAAS_DATA_DIR": str(workspace.data_dir), "PYTHONPATH": str(ROOT)}
    assert run(found, f"{sys.executable} {tmp_path}/cell.py", tmp_path, **more) == ANSWER


def test_wsk_is_given_what_it_reads_as_that_value(found: Usage, tmp_path: Path) -> None:
    """wsk reads JSON as JSON, and no backslash of it is lost. A shell shows what would arrive."""
    shell = f"wsk() {{ printf '%s\\0' \"$@\"; }}\n{code(found, 'wsk')}"
    done = subprocess.run(["bash", "-ec", shell], capture_output=True, encoding="utf-8", check=True)
    words = done.stdout.split("\0")[:-1]
    assert words[:5] == ["action", "invoke", "geo/tag", "--result", "--param"]
    assert words[5:7] == ["words", json.dumps(WORDS, ensure_ascii=False)]
    assert words[8:10] == ["tags", json.dumps(TAGS, ensure_ascii=False)]
    assert words[11:13] == ["number", '"5"']


def test_no_key_is_in_it(found: Usage, workspace: Workspace) -> None:
    key = auth_of(workspace.playground.start().wskprops)
    text = json.dumps(found.to_json())
    assert not any(part in text for part in key.split(":"))


def test_unknown_function(workspace: Workspace) -> None:
    with pytest.raises(ActionNotFound, match="no function 'tga'") as error:
        workspace.handover.usage("tga")
    assert "geo/tag" in error.value.hint


def test_it_is_only_told_and_starts_no_playground(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, target="playground")
    with pytest.raises(TargetNotReachable, match="playground"):
        workspace.handover.usage("geo/tag")
    assert workspace.status()["target"]["state"] == "stopped"
