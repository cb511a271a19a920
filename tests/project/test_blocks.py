"""A page that says what is not so is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.helpers.blocks import Block, blocks, check, is_as_told, our_commands
from tests.project.helpers.prose import mistakes


def block(kind: str, text: str, why: str = "") -> Block:
    return Block("page.md", 7, kind, text, why=why)


@pytest.mark.parametrize(
    ("kind", "text", "wrong"),
    [
        ("sh", "jupyter faas frobnicate iris", "Unknown command 'frobnicate'"),
        ("sh", "jupyter faas deploy a.ipynb --loudly", "--loudly"),
        ("sh", "echo a; jupyter faas cost --sinse 3d | head", "--sinse"),
        ("sh", "if true; then", "unexpected end of file"),
        ("python", "%faas frobnicate", "Unknown command 'frobnicate'"),
        ("python", "%%function f --loudly\ndef f(): ...", "--loudly"),
        ("python", "def f(:", "invalid syntax"),
        ("json", "{'a': 1}", "property name"),
        ("yaml", "a: [1", "expected ',' or ']'"),
        (
            "yaml",
            "jobs: {deploy: {steps: [{run: jupyter faas frobnicate}]}}",
            "Unknown command 'frobnicate'",
        ),
        ("toml", "a = ", "Invalid value"),
        ("js", "const = 3", "SyntaxError"),
        ("rust", "fn main() {}", "a block of rust"),
        ("", "jupyter faas deploy", "a block of no kind"),
    ],
)
def test_mistake_is_told_with_its_place(kind: str, text: str, wrong: str) -> None:
    with pytest.raises(AssertionError, match=f"page.md:7: (.|\n)*{wrong}"):
        check(block(kind, text))


def test_reason_is_one_of_those_that_there_are() -> None:
    check(block("sh", "docker build .", why="needs docker"))
    with pytest.raises(AssertionError, match="'too slow' is no reason"):
        check(block("sh", "docker build .", why="too slow"))


def test_commands_of_a_script() -> None:
    script = "jupyter faas target add a \\\n  --apihost b && echo jupyter faas x # jupyter faas y"
    assert list(our_commands(script)) == [["target", "add", "a", "--apihost", "b"]]


def test_output_is_compared_but_for_what_is_left_out() -> None:
    assert is_as_told("Deployed … (… kB).", "Deployed iris to here (16.5 kB).\n")
    assert not is_as_told("Deployed … (… kB).", "Deployed iris to here (16.5 MB).\n")


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    told = "NAME   COST\niris  $0.43"
    assert is_as_told(told, "NAME     COST\niris    $0.43")
    assert not is_as_told(told, "NAME COST\niris  $0.43")


def test_commands_in_sentences(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Say `%faas deploy`, `jupyter faas rollback iris [--to 6 | --force]`, `%faas frobnicate`\n"
        "or `jupyter faas cost --sinse 3d`.\n```sh\n# `%faas unseen`\n```\n"
    )
    assert [each.partition(":")[0] for each in mistakes(page)] == [
        "%faas frobnicate",
        "jupyter faas cost --sinse 3d",
    ]


def test_blocks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "a\n\n```python fails\n1/0\n```\n\n<!-- checked: needs docker -->\n```sh\ndocker ps\n```\n"
        "```{toctree}\nother\n```\n"
    )
    assert blocks(page) == [
        Block("page.md", 3, "python", "1/0", fails=True),
        Block("page.md", 8, "sh", "docker ps", why="needs docker"),
    ]
