from __future__ import annotations

import pytest

from tests.conftest import longest_first

pytest_plugins = "pytester"

ONE = "def test_{0}(): pass\n"
LONG = "import pytest\n@pytest.mark.timeout({1})\ndef test_{0}(): pass\n"


def test_file_that_may_take_longest_comes_first_and_stays_whole(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_1=ONE.format("a") + ONE.format("b"),
        test_2=ONE.format("c") + LONG.format("d", 300) + ONE.format("e"),
        test_3=LONG.format("f", 10) + ONE.format("g"),
        test_4=LONG.format("h", 900),
    )
    items, _ = pytester.inline_genitems()
    longest_first(items, usual_s=60)
    names = [item.name.removeprefix("test_") for item in items]
    assert names == ["h", "c", "d", "e", "a", "b", "f", "g"]
