"""Environment variables that the captured code reads."""

from __future__ import annotations

import ast

import pytest

from jupyter_faas.capture.dependencies.environment_reads import environment_reads


def read(source: str, **constants: str) -> dict[str, str | None]:
    found = environment_reads([("f", ast.parse(source), True)], constants)
    return {one.name: one.default for one in found}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("os.environ['SCALE']", {"SCALE": None}),
        ("environ['SCALE']", {"SCALE": None}),
        ("os.environ.get('SCALE')", {"SCALE": "None"}),
        ("os.environ.get('SCALE', '3')", {"SCALE": "'3'"}),
        ("os.getenv('SCALE', default='3')", {"SCALE": "'3'"}),
        ("getenv('SCALE')", {"SCALE": "None"}),
        ("'SCALE' in os.environ", {"SCALE": "None"}),
        ("os.getenv('SCALE', '3') + os.environ['SCALE']", {"SCALE": None}),
        ("os.environ[NAME]", {"SCALE": None}),
        ("os.environ[other]", {}),
        ("os.environ['SCALE'] = '1'", {}),
        ("os.environ['SCALE'] = '1'\nos.environ['SCALE']", {}),
        (
            "os.environ.update({'SCALE': '1'}, UNIT='m')\nos.environ['SCALE'] + os.getenv('UNIT')",
            {},
        ),
        ("os.environ.setdefault('SCALE', '3')", {"SCALE": "'3'"}),
        ("request.environ['SCALE']", {}),
        ("settings.get('SCALE')", {}),
    ],
)
def test_names_and_defaults(source: str, found: dict[str, str | None]) -> None:
    assert read(source, NAME="SCALE") == found
