"""Options of the playground, from the command line and from environment variables."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_faas.errors import InputError
from jupyter_faas.playground.rate_limits import RateLimits
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.whisk import SystemLimits

PREFIX = "JUPYTER_FAAS_PLAYGROUND_"
MAX_MEMORY_MB = 4096
# Apache OpenWhisk allows 1 by default, but hosts raise it to 200 or 500, and wskdebug sets 200.
MAX_CONCURRENCY = 500
MAP_OPTION = "--map"


@dataclass(frozen=True)
class Options:
    """The options of a playground process.

    ``port``: None to use the previous port, 3233, or any free port, in this order.
    ``idle_stop_s``: seconds without a request or a Jupyter server before the playground stops;
    infinite to never stop.
    ``worker_idle_s``: seconds before an idle worker is ended.
    ``budget_mb``: memory limit of all workers together; None for half of the machine's memory.
    ``ready_descriptor``: file descriptor of a pipe to which the playground writes once it listens.
    ``lease_descriptor``: file descriptor of the lease, see RuntimeState.
    ``max_blocking_s``: seconds that a blocking invocation waits for its result.
    ``kinds``: kinds or images that run as another kind, see KindOverrides.
    ``rate_limits``: rate limits of each namespace; None for no limits.
    ``keep_inputs``: whether inputs of actions that do not ask for it are kept.
    ``tls``: whether to also serve https, on the same port as http.
    ``open_web``: whether pages of other sites may call every web action, as in OpenWhisk.
    ``keep``: which activation records are kept.
    ``zygote_idle_s``: seconds before an unused zygote is ended, see ZygoteOptions.
    """

    data_dir: Path
    port: int | None = None
    foreground: bool = False
    idle_stop_s: float = 30 * 60
    worker_idle_s: float = 10 * 60
    budget_mb: int | None = None
    ready_descriptor: int | None = None
    lease_descriptor: int | None = None
    max_blocking_s: float = 60.0
    kinds: Mapping[str, str] = field(default_factory=dict)
    rate_limits: RateLimits | None = None
    tls: bool = False
    keep_inputs: bool = True
    open_web: bool = False
    keep: Retention = field(default_factory=Retention)
    zygote_idle_s: float = 5 * 60

    @property
    def bounds(self) -> SystemLimits:
        """The limits within which an action can be deployed."""
        return SystemLimits(
            max_memory=MAX_MEMORY_MB,
            max_concurrency=MAX_CONCURRENCY,
            max_blocking=max(1, round(self.max_blocking_s * 1000)),
        )


def read_options(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Read the options; exit with a usage message if a value is invalid.

    ``JUPYTER_FAAS_PLAYGROUND_IDLE_MINUTES``, ``…_WORKER_IDLE_SECONDS``,
    ``…_ZYGOTE_IDLE_SECONDS``, ``…_MEMORY_MB``, ``…_MAX_BLOCKING_SECONDS``,
    ``…_KEEP_ACTIVATIONS``, ``…_KEEP_DAYS``, ``…_KEEP_MB``, ``…_RATE_LIMITS``, ``…_NO_INPUTS``,
    ``…_TLS`` and ``…_OPEN_WEB`` (1 or 0) set the options of the same names. Options on the command
    line take precedence.
    """
    parsed = option_parser(environ).parse_args(arguments)
    return Options(
        data_dir=parsed.data_dir,
        port=parsed.port,
        foreground=parsed.foreground,
        idle_stop_s=parsed.idle_minutes * 60 or math.inf,
        worker_idle_s=parsed.worker_idle_seconds,
        zygote_idle_s=parsed.zygote_idle_seconds,
        budget_mb=parsed.memory_mb,
        ready_descriptor=parsed.ready_descriptor,
        lease_descriptor=parsed.lease_descriptor,
        max_blocking_s=parsed.max_blocking_seconds,
        rate_limits=parsed.rate_limits,
        kinds=dict(parsed.map),
        tls=parsed.tls,
        keep_inputs=not parsed.no_inputs,
        open_web=parsed.open_web,
        keep=Retention(parsed.keep_activations, parsed.keep_days, parsed.keep_mb),
    )


def option_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the parser; environment variables set its defaults."""
    # Most defaults are strings, because argparse applies ``type`` only to string defaults. An
    # invalid value in the environment is then reported like one on the command line.
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_faas.playground",
        description="Run the playground, an OpenWhisk-compatible backend, until it is stopped.",
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="the data folder")
    parser.add_argument("--port", type=_port, help="the port to listen on; 0 for any free port")
    parser.add_argument(
        "--foreground", action="store_true", help="log to the terminal, not to playground.log"
    )
    parser.add_argument(
        "--idle-minutes",
        type=_duration,
        default=environ.get(f"{PREFIX}IDLE_MINUTES", "30"),
        help="stop after this time without requests and without a running Jupyter server; 0: never",
    )
    parser.add_argument(
        "--worker-idle-seconds",
        type=_duration,
        default=environ.get(f"{PREFIX}WORKER_IDLE_SECONDS", "600"),
        help="stop a worker after this time without work",
    )
    parser.add_argument(
        "--zygote-idle-seconds",
        type=_duration,
        default=environ.get(f"{PREFIX}ZYGOTE_IDLE_SECONDS", "300"),
        help="stop the process that forks Python workers after it has had no workers for this "
        "long; 0: start each worker as a separate interpreter instead",
    )
    parser.add_argument(
        "--memory-mb",
        type=_count,
        default=environ.get(f"{PREFIX}MEMORY_MB"),
        help="the memory limit of all workers together; by default half of the machine's memory",
    )
    parser.add_argument(
        "--max-blocking-seconds",
        type=_duration,
        default=environ.get(f"{PREFIX}MAX_BLOCKING_SECONDS", "60"),
        help="the maximum time that a caller waits for a result; after this time, the caller "
        "receives the activation ID",
    )
    parser.add_argument(
        MAP_OPTION,
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=KIND",
        help="run a kind or an image as another kind, or with the Python interpreter at a path "
        "(NAME=PATH); the name of an image may contain the wildcards * and ?; repeatable",
    )
    parser.add_argument(
        "--rate-limits",
        type=_rate_limits,
        nargs="?",
        const="on",
        default=environ.get(f"{PREFIX}RATE_LIMITS", "off"),
        metavar="60,30,60",
        help="the limits of each namespace: invocations per minute, concurrent invocations and "
        "trigger fires per minute; without values, OpenWhisk's usual limits; without the "
        "option, no limits",
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        default=environ.get(f"{PREFIX}TLS", "") not in ("", "0"),
        help="also accept HTTPS on the same port; clients must trust the certificate ca.pem in the "
        "folder of wskprops",
    )
    parser.add_argument(
        "--open-web",
        action="store_true",
        default=environ.get(f"{PREFIX}OPEN_WEB", "") not in ("", "0"),
        help="let pages on other websites call every web action, as in OpenWhisk, not only the "
        "actions that were deployed with --web open",
    )
    parser.add_argument(
        "--no-inputs",
        action="store_true",
        default=environ.get(f"{PREFIX}NO_INPUTS", "") not in ("", "0"),
        help="keep inputs only for actions that were deployed with --keep-inputs",
    )
    parser.add_argument(
        "--keep-activations",
        type=_count,
        default=environ.get(f"{PREFIX}KEEP_ACTIVATIONS", str(Retention().activations)),
        help="the maximum number of activation records; the oldest are deleted first; 0: no limit",
    )
    parser.add_argument(
        "--keep-days",
        type=_days,
        default=environ.get(f"{PREFIX}KEEP_DAYS", str(Retention().days)),
        help="the maximum age of activation records in days; 0: no limit",
    )
    parser.add_argument(
        "--keep-mb",
        type=_count,
        default=environ.get(f"{PREFIX}KEEP_MB", str(Retention().megabytes)),
        help="the approximate maximum disk space of activation records; the oldest are deleted "
        "first; 0: no limit",
    )
    parser.add_argument("--ready-descriptor", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--lease-descriptor", type=int, help=argparse.SUPPRESS)
    return parser


def _pair(text: str) -> tuple[str, str]:
    # A kind contains a colon; any other value must be the path of an interpreter.
    name, equals, kind = text.rpartition("=")
    if not equals or not name.strip() or not (":" in kind or kind.strip().startswith(("/", "~"))):
        raise argparse.ArgumentTypeError(f"'{text}' does not have the form NAME=KIND or NAME=PATH")
    return name.strip(), kind.strip()


def _rate_limits(text: str) -> RateLimits | None:
    try:
        return RateLimits.parse(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error.message} {error.hint}") from error


def check_port(port: int) -> int:
    """Return ``port``. Raises InputError if there is no such port."""
    if not 0 <= port <= 65535:
        raise InputError(
            f"Invalid port {port}.",
            hint="A port is a number up to 65535. For any free port, use --port 0",
        )
    return port


def _port(text: str) -> int:
    try:
        return check_port(_count(text))
    except InputError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _duration(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' must be a number, 0 or more")
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' must be a whole number, 0 or more")
    return int(text)


def _days(text: str) -> float:
    try:
        return _duration(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"'{text}' must be a number of days, 0 or more") from None
