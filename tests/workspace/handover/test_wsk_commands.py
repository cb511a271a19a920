"""The ``wsk`` commands of an exported README, as a shell gives them to ``wsk``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.project import project
from jupyter_faas.workspace.handover.project_function import ProjectFunction, functions_of
from jupyter_faas.workspace.handover.wsk_commands import wsk_commands
from tests.workspace.helpers.cells import packaged
from tests.workspace.helpers.composing import ComposingNotebook

AREA = '''\
%%function area
def area(width: float, unit: str, scale: float = 1.0):
    """The area of a square."""
    return {"area": scale * width**2, "unit": unit}
'''


def function(folder: Path, **options: Any) -> ProjectFunction:
    (found,) = functions_of([packaged(folder, AREA, "area", **options).record.id], folder)
    return found


def given(functions: list[ProjectFunction], **environ: str) -> list[list[str]]:
    """The words of each call of ``wsk``."""
    shell = f"wsk() {{ printf '%s\\0' \"$@\"; printf '\\n\\0'; }}\n{wsk_commands(functions)[0]}"
    done = subprocess.run(
        ["bash", "-euc", shell], env=environ, capture_output=True, encoding="utf-8", check=True
    )
    calls = done.stdout.split("\n\0")[:-1]
    return [call.split("\0")[:-1] for call in calls]


def options(words: list[str]) -> dict[str, str]:
    """The options of a call that occur once."""
    return {word: words[place + 1] for place, word in enumerate(words) if word.startswith("--")}


@pytest.mark.parametrize(
    ("word", "environ", "secure"),
    [
        ("secret word", {"GEO_AREA_REQUIRE_WHISK_AUTH": "secret word"}, "secret word"),
        (True, {}, "true"),
    ],
    ids=["a word", "a key"],
)
def test_a_protected_web_action_is_deployed_with_its_protection(
    tmp_path: Path, word: object, environ: dict[str, str], secure: str
) -> None:
    made = function(
        tmp_path, package="geo", web=True, annotations={"require-whisk-auth": word}, memory_mb=512
    )
    package, action = given([made], **environ)
    assert package == ["package", "update", "geo"]
    assert action[:4] == ["action", "update", "geo/area", "actions/geo/area.zip"]
    found = options(action)
    assert (found["--web"], found["--web-secure"]) == ("true", secure)
    assert (found["--memory"], found["--timeout"]) == ("512", "60000")
    assert found["--kind"] == made.record.kind
    text = project([made], "maps.ipynb")
    assert b"secret word" not in b"".join(text.values())
    annotations = json.loads(text[found["--annotation-file"]])
    assert annotations.keys().isdisjoint({"web-export", "final", "raw-http", "require-whisk-auth"})
    assert annotations["description"] == "The area of a square."


def test_parameters_secrets_and_models_are_variables(tmp_path: Path) -> None:
    made = function(tmp_path, secrets=["KEY"], parameters={"unit": "m", "scale": 2.5})
    outside = ProjectFunction(made.record, made.bundle, {"a" * 64: b"onnx"})
    (words,) = given(
        [outside],
        AREA_UNIT="a b",
        AREA_SCALE="2.5",
        AREA_KEY="k$y",
        AREA_MODEL_AAAAAAAA="https://models/a?x=1",
    )
    values = {
        words[place + 1]: words[place + 2] for place, word in enumerate(words) if word == "--param"
    }
    assert values == {
        "unit": "a b",
        "scale": "2.5",
        "KEY": "k$y",
        "FAAS_MODELS": json.dumps({"a" * 64: "https://models/a?x=1"}),
    }


def test_a_plain_action_is_not_published(tmp_path: Path) -> None:
    (words,) = given([function(tmp_path, image="lab/iris:1")])
    assert not any(word.startswith("--web") for word in words)
    assert options(words)["--docker"] == "lab/iris:1"


def test_a_composition_is_deployed_as_a_conductor(tmp_path: Path) -> None:
    notebook = ComposingNotebook(Workspace.open(tmp_path, target="playground"))
    made = functions_of([notebook.compose("twice", "sequence('area')\n").record.id], tmp_path)
    (words,) = given(made)
    annotations = json.loads(project(made, "n.ipynb")[options(words)["--annotation-file"]])
    assert annotations["provide-api-key"] is True
    assert annotations["conductor"]["type"] == "sequence"
