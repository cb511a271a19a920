from __future__ import annotations

import pytest

from jupyter_faas.playground.runtimes.requirements_file import Requirements

HERE = {"python_version": "3.11", "sys_platform": "linux", "extra": ""}


def test_spelling_does_not_count() -> None:
    one = Requirements.read("# all\nScikit_Learn >= 1.5,<2\nattrs==23.1 # pinned\n\n")
    other = Requirements.read("\ufeffattrs == 23.1\r\nscikit-learn<2,\\\n>=1.5")
    assert one.lines == other.lines == ("attrs==23.1", "scikit-learn<2,>=1.5")
    assert one.plain


def test_order_counts_where_there_are_options() -> None:
    found = Requirements.read("--no-index\nb\na\n")
    assert found.lines == ("--no-index", "b", "a")
    assert not found.plain


@pytest.mark.parametrize("line", ["-r more.txt", "./own", "own @ file:///x", "a==1 --hash=b:c"])
def test_what_is_not_plain(line: str) -> None:
    assert not Requirements.read(line).plain


@pytest.mark.parametrize(
    ("text", "satisfied"),
    [
        ("", True),
        ("numpy", True),
        ("NumPy==1.26.4", True),
        ("numpy==1.26.3", False),
        ("numpy>=1.26", True),
        ("torch==2.1", True),
        ("torch==2.1+cpu", True),
        ("pre>=2.0a1", True),
        ("absent", False),
        ("numpy\nabsent", False),
        ("absent; python_version < '3.9'", True),
        ("absent; python_version >= '3.9'", False),
        ("numpy[extra]", False),
        ("numpy @ https://x/numpy.whl", False),
        ("--no-index\nnumpy", False),
        ("odd", True),
        ("odd==1", False),
    ],
)
def test_satisfied_by(text: str, satisfied: bool) -> None:
    installed = {"numpy": "1.26.4", "Torch": "2.1+cpu", "pre": "2.0b1", "odd": "not a version"}
    assert Requirements.read(text).satisfied_by(installed, HERE) is satisfied


@pytest.mark.parametrize("line", ["-e .", "--editable=.", "--editable ./x"])
def test_editable(line: str) -> None:
    assert Requirements.read(f"a\n{line}").editable == line
    assert Requirements.read("a\n-extra").editable is None


@pytest.mark.parametrize(
    ("text", "output", "blamed"),
    [
        ("one==1", "something went wrong", ["one==1"]),
        ("a-b==1\nc==2", "No matching distribution found for A_B==1", ["a-b==1"]),
        ("a\nb-a==2", "Because b-a was not found and you require b-a", ["b-a==2"]),
        ("a\nb", "nothing known", []),
        ("a\nb", "Collecting a\nCollecting b\nERROR: No matching distribution for b", ["b"]),
        ("a\n./own", "cannot build ./own", ["./own"]),
    ],
)
def test_blamed(text: str, output: str, blamed: list[str]) -> None:
    assert Requirements.read(text).mentioned_in(output) == blamed
