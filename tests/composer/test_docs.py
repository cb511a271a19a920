"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest

from jupyter_faas import composer


def test_example_of_the_package_is_true() -> None:
    done = doctest.testmod(composer)
    assert (done.failed, done.attempted > 3) == (0, True)
