"""Tracebacks as logs have them, in OpenWhisk's stamped lines."""

from __future__ import annotations

import pytest

from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.tracebacks import RaisedError, raised_error

STAMP = "2026-11-28T10:00:00.000000001Z"

# What an action logs whose helper is in another cell and calls a library.
IN_A_LIBRARY = """\
Traceback (most recent call last):
  File "function.py", line 4, in price
    return {"total": total(items)}
                     ^^^^^^^^^^^^
  File "captured.py", line 9, in total
    return json.loads(items)
           ^^^^^^^^^^^^^^^^^
  File "faas_models.py", line 77, in predict
    return self._run(rows)
           ^^^^^^^^^^^^^^^
  File "/usr/local/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"""
# What the runtime prints when the package fails to load.
AT_THE_START = """\
Traceback (most recent call last):
  File "/action/1/bin/exec__.py", line 43, in <module>
    from main__ import main as main
  File "/action/1/bin/main__.py", line 161, in <module>
    _FUNCTION, _MANIFEST = load(_HERE)
  File "/action/1/bin/function.py", line 2, in <module>
    import nothing_of_the_kind
ModuleNotFoundError: No module named 'nothing_of_the_kind'"""
CHAINED = """\
Traceback (most recent call last):
  File "function.py", line 4, in f
    int(text)
ValueError: invalid literal for int() with base 10: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "function.py", line 6, in f
    raise KeyError(text) from error
KeyError: 'x'"""


def logged(words: str, stream: str = "stderr") -> list[str]:
    return [f"{STAMP} {stream}: {line}" for line in words.splitlines()]


def found_in(logs: list[str]) -> RaisedError:
    found = raised_error(logs)
    assert found is not None
    return found


def test_the_cause_is_the_users_own_line_and_not_the_librarys() -> None:
    found = found_in([*logged("hello", "stdout"), *logged(IN_A_LIBRARY)])
    assert found.type == "json.decoder.JSONDecodeError"
    assert found.message == "Expecting value: line 1 column 1 (char 0)"
    assert found.where is not None
    assert (found.where.file, found.where.line) == ("captured.py", 9)
    assert found.where.code == "return json.loads(items)"
    assert found.logged == (1, 15)


def test_frames_of_this_product_and_directories_of_the_host_are_left_out() -> None:
    shown = "\n".join(found_in(logged(IN_A_LIBRARY)).lines)
    assert "faas_models" not in shown
    assert 'File "json/__init__.py", line 346' in shown
    assert shown.endswith("JSONDecodeError: Expecting value: line 1 column 1 (char 0)")
    shown = "\n".join(found_in(logged(AT_THE_START)).lines)
    assert shown == (
        "Traceback (most recent call last):\n"
        '  File "function.py", line 2, in <module>\n'
        "    import nothing_of_the_kind\n"
        "ModuleNotFoundError: No module named 'nothing_of_the_kind'"
    )


def test_chained_exceptions_are_shown_and_the_last_one_is_the_cause() -> None:
    found = found_in(logged(CHAINED))
    assert (found.type, found.message) == ("KeyError", "'x'")
    assert "\n".join(found.lines) == CHAINED
    assert found.logged == (0, 11)


def test_a_traceback_among_other_lines_stays_in_the_log() -> None:
    lines = logged(CHAINED)
    lines.insert(2, f"{STAMP} stdout: meanwhile")
    assert found_in(lines).logged is None


@pytest.mark.parametrize("words", ["", "a line", "Traceback (most recent call last):"])
def test_a_log_without_a_traceback_has_no_exception(words: str) -> None:
    assert raised_error(logged(words)) is None


def test_a_traceback_that_the_function_survived_is_not_the_cause() -> None:
    record = {"status": "application error", "logs": logged(CHAINED)}
    other = failure_of({**record, "result": {"error": "out of stock"}})
    assert (other.headline, other.raised) == ("out of stock", None)
    same = failure_of({**record, "result": {"error": "'x'"}})
    assert same.headline == "KeyError: 'x'"
