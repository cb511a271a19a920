"""The time zone of the notebook's process, and warnings that are errors there."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import pytest

from jupyter_faas.capture.libraries import process_settings
from tests.capture.helpers.notebook import Notebook

ERRORS = "import warnings\nwarnings.simplefilter('error', RuntimeWarning)"


@pytest.fixture
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Europe/Vienna")
        time.tzset()
        yield
    time.tzset()


def names(notebook: Notebook, line: str) -> dict[str, str]:
    captured = notebook.capture(f"import datetime\n\ndef iris(a):\n    return {line}")
    return {item.name: item.why for item in captured.items}


@pytest.mark.usefixtures("vienna")
def test_a_function_that_reads_the_local_time_gets_the_notebook_s_zone(
    notebook: Notebook,
) -> None:
    captured = notebook.capture(
        "import datetime\n\ndef iris(a):\n    return str(datetime.datetime.fromtimestamp(a))"
    )
    assert [(one.name, one.why) for one in captured.items] == [
        ("time zone", "used by time: TZ = 'Europe/Vienna'")
    ]
    assert captured.captured_source.endswith("os.environ['TZ'] = 'Europe/Vienna'\ntime.tzset()\n")


@pytest.mark.usefixtures("vienna")
def test_other_functions_do_not_depend_on_the_zone(notebook: Notebook) -> None:
    assert names(notebook, "str(datetime.date(2024, 1, a))") == {}


@pytest.mark.parametrize("zone", ["UTC", ":Etc/UTC", "GMT0", ""])
def test_utc_is_the_default(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    assert process_settings.local_zone() == ""


def test_the_machine_s_zone_is_the_default_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(process_settings, "_MACHINE_ZONE", "/x/zoneinfo/posix/Asia/Tokyo")
    assert process_settings.local_zone() == "Asia/Tokyo"


def test_warnings_that_are_errors_in_the_notebook_are_errors_in_the_action(
    notebook: Notebook,
) -> None:
    with warnings.catch_warnings():
        warnings.resetwarnings()
        notebook.run(f"{ERRORS}\nwarnings.filterwarnings('ignore', 'mean of', UserWarning)")
        captured = notebook.capture("def iris(a):\n    return a")
    assert captured.captured_source.endswith(
        "warnings.filterwarnings('error', category=RuntimeWarning)\n"
        "warnings.filterwarnings('ignore', category=UserWarning, message='mean of')\n"
    )


def test_errors_that_no_cell_asks_for_are_not_repeated(notebook: Notebook) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(notebook, "a") == {}
