"""The worker of a Python action: speaks ActionLoop, OpenWhisk's own protocol (contract §5.2, §5.3).

Each line of JSON on standard input is a request; its reply is a line on the pipe REPLY. Standard
output and error are the logs. ``{"ok":true}`` is written to REPLY once the code is loaded. The
process was forked and limited by ``launcher.py``. This file uses the standard library only, and
runs on Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # At run time these imports would be a tenth of a cold start.
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

# This is not JSON, so it cannot be the result of an action.
MEMORY_EXHAUSTED = b"!memory\n"
CANNOT_START = "Cannot start action. Check logs for details."
NO_MODULE = "What is not installed here can be asked for: in a requirements.txt, in an archive."
NO_ACTIVATION = "Invalid virtualenv. Zip file does not include 'activate_this.py'."

# At most this many files are compiled in advance. Most actions have fewer.
MAX_COMPILED = 1000

# The worker's own ends of the pipes get numbers from here on.
FIRST_OWN_DESCRIPTOR = 64

# Files whose frames are left out of tracebacks.

OWN_FILES = tuple(
    os.path.join(os.path.dirname(__file__), name)
    for name in ("launcher.py", "python_worker.py", "prefork.py", "zygote.py")
)


def serve(directory: str, main: str, reply: int) -> None:
    """Run the action until standard input ends, then exit. Never returns."""
    code = 1
    try:
        code = run_requests(directory, main, reply)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        print_traceback(error)
    finally:
        # Exit at once, even if threads of the action are still running.
        flush()
        os._exit(code)


def run_requests(directory: str, main: str, reply: int) -> int:
    """Load the action and run it for each request; return the exit code."""
    # The pipes are moved to high numbers, which the action does not use by accident, and which its
    # children do not inherit.
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), "rb")
    reply, old_reply = fcntl.fcntl(reply, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), reply
    # The old number grows with the number of workers, and may be above the range closed below.
    os.close(old_reply)
    os.closerange(3, FIRST_OWN_DESCRIPTOR)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    # The action must not import modules from the folder of this file, nor see this module's name.
    sys.path[0] = directory
    sys.argv = ["__main__.py"]
    sys.modules.pop(__name__, None)
    try:
        function = load_action(directory, main)
    except MemoryError:
        flush()
        write_reply(reply, MEMORY_EXHAUSTED)
        return 1
    except Exception as error:
        if isinstance(error, InvalidVirtualenv):
            sys.stderr.write(f"{error}\n")
        else:
            print_traceback(error)
        if isinstance(error, ModuleNotFoundError):
            sys.stderr.write(f"{NO_MODULE}\n")
        flush()
        write_reply(reply, json.dumps({"error": CANNOT_START}).encode() + b"\n")
        return 1
    flush()
    write_reply(reply, b'{"ok":true}\n')
    while True:
        line = requests.readline()
        if not line:
            return 0
        data = run(function, line)
        # The logs come first: the playground expects all of them in the pipes with the reply.
        flush()
        write_reply(reply, data)


def load_action(directory: str, main: str) -> Callable[[Any], Any]:
    """Return the function ``main`` of the action whose files are in ``directory``."""
    activate_virtualenv(os.path.join(directory, "virtualenv"))
    return import_main(os.path.join(directory, "__main__.py"), main)


def import_main(path: str, main: str) -> Callable[[Any], Any]:
    """Return the function ``main`` of a file, imported as ``main__`` as in OpenWhisk."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("main__", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = module_from_spec(spec)
    sys.modules["main__"] = module
    spec.loader.exec_module(module)
    if not hasattr(module, main):
        raise ImportError(f"cannot import name {main!r} from {path!r}")
    function: Callable[[Any], Any] = getattr(module, main)
    return function


def compile_code(directory: str) -> None:
    """Compile the action's files into ``__pycache__``, where an import finds them."""
    from importlib.machinery import SourceFileLoader

    found = 0
    for folder, folders, files in os.walk(directory):
        # A virtualenv is left out, because it has another interpreter. os.walk follows no links.
        folders[:] = [each for each in folders if each not in ("__pycache__", "virtualenv")]
        for name in files:
            if not name.endswith(".py"):
                continue
            found += 1
            if found > MAX_COMPILED:
                return
            # Any error in a file is raised again when the action imports it.
            with contextlib.suppress(Exception):
                SourceFileLoader(name, os.path.join(folder, name)).get_code(name)


class InvalidVirtualenv(Exception):
    """Raised when the virtualenv in the action's archive cannot be activated."""


def activate_virtualenv(virtualenv: str) -> None:
    """Activate the virtualenv in the action's archive, if there is one."""
    if not os.path.isdir(virtualenv):
        return
    for folder in ("bin", "Scripts"):
        path = os.path.join(virtualenv, folder, "activate_this.py")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                code = compile(file.read(), path, "exec")
            # The documented use of activate_this.py.
            exec(code, {"__file__": path, "__name__": "activate_this"})  # noqa: S102
            return
    raise InvalidVirtualenv(NO_ACTIVATION)


class EnvironmentVariables:
    """The environment variables of a run: ``activation_id`` as ``__OW_ACTIVATION_ID`` and so on.

    setenv(3), which ``os.environ`` calls, keeps a copy of every value that was ever set. So a
    worker would grow by about 300 bytes a run. putenv(3) with reused buffers avoids that.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, bytes]] = {}
        self._texts: dict[bytes, Any] = {}
        self._putenv: Any = getattr(ctypes.CDLL(None), "putenv", None)

    def set(self, key: str, value: str) -> None:
        # This is the private dictionary of os.environ, which other implementations may not have.
        data = getattr(os.environ, "_data", None)
        if type(data) is not dict or self._putenv is None:
            os.environ["__OW_" + key.upper()] = value
            return
        if key not in self._known:
            name = os.fsencode("__OW_" + key.upper())
            self._known[key] = name, name + b"="
        name, prefix = self._known[key]
        new = os.fsencode(value)
        if data.get(name) == new:
            return
        buffer = self._texts.get(name)
        if buffer is None or len(buffer) <= len(prefix) + len(new):
            buffer = ctypes.create_string_buffer(len(prefix) + len(new) + 64)
        buffer.value = prefix + new
        # putenv is called even if it was called with this buffer before, because the action may
        # have replaced the variable.
        self._putenv(buffer)
        self._texts[name] = buffer
        data[name] = new


# This is global, because the environment of the process points into its buffers until the end.
VARIABLES = EnvironmentVariables()


def make_to_json() -> Callable[[Any], str]:
    """Return ``json.dumps`` without ASCII escapes, and without a new encoder for each call."""
    encoder = json.JSONEncoder(ensure_ascii=False)
    make_encoder = getattr(json.encoder, "c_make_encoder", None)
    if make_encoder is None:
        return encoder.encode
    write = json.encoder.encode_basestring
    # The dictionary is for finding cycles. It can be shared by all calls, because an error, which
    # leaves entries in it, ends the process.
    chunks = make_encoder({}, encoder.default, write, None, ": ", ", ", False, False, True)
    join = "".join
    return lambda value: join(chunks(value, 0))


to_json = make_to_json()
# Parses a line that begins with JSON. Unlike json.loads it does not look for whitespace.
parse_json: Callable[[str, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]


def run(function: Callable[[Any], Any], line: bytes) -> bytes:
    """Return the reply to one request, as bytes that end with a newline.

    As in OpenWhisk, a result that cannot be written as JSON ends the process. So does
    ``sys.exit()``.
    """
    try:
        request, _ = parse_json(line.decode(), 0)
        value = request.pop("value", {})
        for key, text in request.items():
            VARIABLES.set(key, text)
        try:
            result = function(value)
        except MemoryError:
            raise
        except Exception as error:
            print_traceback(error)
            result = {"error": str(error)}
        return to_json(result).encode() + b"\n"
    except MemoryError:
        return MEMORY_EXHAUSTED


def print_traceback(error: BaseException) -> None:
    """Print the traceback to standard error, without the frames of the worker."""
    # The import is here, because most workers never need it.
    import traceback

    frames: TracebackType | None = error.__traceback__
    while frames is not None and is_not_action_code(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    try:
        traceback.print_exception(type(error), error, frames)
    except Exception:
        # The action may have replaced sys.stderr, or its exception may fail in str().
        os.write(2, f"{type(error).__name__}\n".encode())


def is_not_action_code(filename: str) -> bool:
    return filename in OWN_FILES or filename.startswith("<frozen importlib")


def flush() -> None:
    flush_stream(sys.stdout)
    flush_stream(sys.stderr)


def flush_stream(stream: Any) -> None:
    try:  # noqa: SIM105 - called twice for every run, where contextlib would cost time
        stream.flush()
    except Exception:  # noqa: S110 - the action may have closed or replaced it
        pass


def write_reply(reply: int, data: bytes) -> None:
    # A signal handler of the action can cut a write short.
    view = memoryview(data)
    while view:
        view = view[os.write(reply, view) :]
