from __future__ import annotations

import math
from pathlib import Path

import pytest

from jupyter_faas.playground.options import Options, read_options
from jupyter_faas.playground.rate_limits import RateLimits
from jupyter_faas.playground.storage.retention import Retention


def test_defaults() -> None:
    assert read_options(["--data-dir", "/x"], {}) == Options(Path("/x"))


def test_everything() -> None:
    arguments = "--data-dir /x --port 0 --foreground --idle-minutes 1.5 --worker-idle-seconds 5"
    options = read_options([*arguments.split(), "--memory-mb", "2048", "--tls"], {})
    assert options == Options(Path("/x"), 0, True, 90.0, 5.0, 2048, tls=True)


def test_environment_stands_for_options() -> None:
    environ = {
        "JUPYTER_FAAS_PLAYGROUND_IDLE_MINUTES": "2",
        "JUPYTER_FAAS_PLAYGROUND_WORKER_IDLE_SECONDS": "3",
        "JUPYTER_FAAS_PLAYGROUND_MEMORY_MB": "512",
        "JUPYTER_FAAS_PLAYGROUND_MAX_BLOCKING_SECONDS": "0.5",
    }
    options = read_options(["--data-dir", "/x", "--idle-minutes", "4"], environ)
    assert (options.idle_stop_s, options.worker_idle_s, options.budget_mb) == (240.0, 3.0, 512)
    assert options.max_blocking_s == 0.5


@pytest.mark.parametrize(
    ("arguments", "environ", "limits"),
    [
        ([], {}, None),
        (["--rate-limits"], {}, RateLimits()),
        (["--rate-limits", "5,4,3", "--foreground"], {}, RateLimits(5, 4, 3)),
        ([], {"JUPYTER_FAAS_PLAYGROUND_RATE_LIMITS": "on"}, RateLimits()),
        ([], {"JUPYTER_FAAS_PLAYGROUND_RATE_LIMITS": "5,4,3"}, RateLimits(5, 4, 3)),
        (["--rate-limits", "off"], {"JUPYTER_FAAS_PLAYGROUND_RATE_LIMITS": "on"}, None),
    ],
)
def test_rate_limits(
    arguments: list[str], environ: dict[str, str], limits: RateLimits | None
) -> None:
    assert read_options(["--data-dir", "/x", *arguments], environ).rate_limits == limits


def test_rate_limits_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read_options(["--data-dir", "/x", "--rate-limits", "60"], {})
    assert "Write on, off, or three numbers" in capsys.readouterr().err


def test_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {
        "JUPYTER_FAAS_PLAYGROUND_KEEP_ACTIVATIONS": "5",
        "JUPYTER_FAAS_PLAYGROUND_KEEP_DAYS": "1.5",
        "JUPYTER_FAAS_PLAYGROUND_KEEP_MB": "7",
    }
    arguments = ["--data-dir", "/x", "--keep-activations", "0"]
    assert read_options(arguments, environ).keep == Retention(0, 1.5, 7)
    assert read_options(["--data-dir", "/x"], {}).keep == Retention()
    for wrong in ("--keep-activations=-1", "--keep-days=-1", "--keep-days=inf", "--keep-mb=1.5"):
        with pytest.raises(SystemExit, match="2"):
            read_options(["--data-dir", "/x", wrong], {})
        assert "must be a" in capsys.readouterr().err


@pytest.mark.parametrize(("value", "tls"), [("1", True), ("0", False), ("", False)])
def test_environment_asks_for_tls(value: str, tls: bool) -> None:
    environ = {"JUPYTER_FAAS_PLAYGROUND_TLS": value}
    assert read_options(["--data-dir", "/x"], environ).tls is tls


def test_zero_minutes_mean_never() -> None:
    assert math.isinf(read_options(["--data-dir", "/x", "--idle-minutes", "0"], {}).idle_stop_s)


def test_kinds_that_are_mapped() -> None:
    pairs = ("me/a=b=python:3", "ruby:2.5 = nodejs:20", "you/*=~/venv/bin/python")
    options = read_options(["--data-dir", "/x", *(f"--map={pair}" for pair in pairs)], {})
    assert options.kinds == {
        "me/a=b": "python:3",
        "ruby:2.5": "nodejs:20",
        "you/*": "~/venv/bin/python",
    }


@pytest.mark.parametrize("pair", ["python:3", "=python:3", "me/a=python"])
def test_mapping_that_is_none(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read_options(["--data-dir", "/x", "--map", pair], {})
    assert "does not have the form NAME=KIND or NAME=PATH" in capsys.readouterr().err


def test_options_that_make_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read_options(["--data-dir", "/x"], {"JUPYTER_FAAS_PLAYGROUND_MEMORY_MB": "much"})
    assert "--memory-mb" in capsys.readouterr().err
