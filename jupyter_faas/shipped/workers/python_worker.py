"""The worker for Python actions, which implements OpenWhisk's ActionLoop protocol.

See contract §5.2 and §5.3. The worker writes ``{"ok":true}`` to the pipe REPLY when the code is
loaded. Then each line of JSON on standard input is a request, whose reply is a line on REPLY.
Standard output and error are the logs. ``launcher.py`` forks this process and applies its limits.
This file supports Python 3.9 and newer, and uses only the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
import types
from fcntl import F_DUPFD_CLOEXEC, fcntl
from os import F_OK, O_RDONLY, access, close, closerange, devnull, dup2
from os import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:  # At run time, these imports would take up a tenth of a cold start.
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, BinaryIO

# This reply is not JSON, so it cannot be confused with the result of an action.
MEMORY_EXHAUSTED = b"!memory\n"
NO_BINARY = "The action failed to generate or locate a binary. See logs for details."
NO_ACTIVATION = "Invalid virtualenv. Zip file does not include 'activate_this.py'."

# The maximum number of files that are compiled in advance. Most actions have fewer.
MAX_COMPILED = 1000

# The file descriptors of the worker's own pipes start at this number.
FIRST_OWN_DESCRIPTOR = 64

# The error handler and line buffering of the output streams. As in OpenWhisk, output that the
# action does not flush is written at the end of the run.
OUTPUT = {"stdout": ("strict", False), "stderr": ("backslashreplace", True)}

# Tracebacks do not include frames from these files.
OWN_FILES = tuple(
    os.path.join(os.path.dirname(__file__), name)
    for name in ("launcher.py", "python_worker.py", "prefork.py", "zygote.py")
)


def take_pipes(reply: int) -> tuple[BinaryIO, int]:
    """Move standard input and ``reply`` to high descriptors, and return them for ``serve``.

    The action will not use those by accident, and its child processes do not inherit them. All
    other descriptors but the standard ones are closed, and standard input becomes empty.
    """
    requests = open(fcntl(0, F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), "rb")  # noqa: SIM115 - until the end
    own_reply = fcntl(reply, F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR)
    # With many workers, the old descriptor may be above the range that is closed below.
    close(reply)
    closerange(3, FIRST_OWN_DESCRIPTOR)
    null = open_file(devnull, O_RDONLY)
    dup2(null, 0)
    close(null)
    return requests, own_reply


def serve(directory: str, main: str, requests: BinaryIO, reply: int) -> None:
    """Run the action for each request until ``requests`` ends, then exit. Never returns.

    ``directory``: the directory of the action's files.
    ``main``: the name of the function to call.
    ``requests``: the pipe with a request in each line.
    ``reply``: the file descriptor for replies.
    """
    code = 1
    try:
        code = run_requests(directory, main, requests, reply)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        TRACEBACKS.print(error, RUN_CALL)
    finally:
        # Exit immediately, even if the action's threads are still running.
        flush()
        os._exit(code)


def configure_output() -> None:
    """Configure the output streams of a fresh interpreter. A zygote has configured its streams."""
    for name, (errors, line_buffering) in OUTPUT.items():
        getattr(sys, name).reconfigure(line_buffering=line_buffering, errors=errors)


def run_requests(directory: str, main: str, requests: BinaryIO, reply: int) -> int:
    """Load the action, run it for each request, and return the exit code.

    The exit code is 0 when the requests end, and 1 if the action could not be loaded.
    """
    # The action must neither import modules from this file's directory nor see this module.
    sys.path[0] = directory
    sys.argv = ["__main__.py"]
    sys.modules.pop(__name__, None)
    TRACEBACKS.directory = directory
    try:
        function = load_action(directory, main)
    except SystemExit:
        raise
    except MemoryError:
        flush()
        write_reply(reply, MEMORY_EXHAUSTED)
        return 1
    except CodeRefused as error:
        sys.stderr.write(f"{error}\n")
        flush()
        write_reply(reply, json.dumps({"error": NO_BINARY}).encode() + b"\n")
        return 1
    except BaseException as error:
        TRACEBACKS.print(error, (44, f"from main__ import {main} as main"))
        return 1
    # The action can call itself as often as in OpenWhisk, where fewer frames are below it.
    sys.setrecursionlimit(sys.getrecursionlimit() + stack_depth())
    flush()
    write_reply(reply, b'{"ok":true}\n')
    while True:
        line = requests.readline()
        if not line:
            return 0
        data = run(function, line)
        # Flush the logs first, because the playground expects them to be complete when it receives
        # the reply.
        flush()
        write_reply(reply, data)


def stack_depth() -> int:
    """Return the number of frames of the caller and below it."""
    depth = 0
    frame: Any = sys._getframe(1)
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


class CodeRefused(Exception):
    """Raised for code that OpenWhisk's compiler refuses. The message is written to the logs."""


def load_action(directory: str, main: str) -> Callable[[Any], Any]:
    """Activate the virtualenv of the action in ``directory``, and return the function ``main``.

    Raises CodeRefused, and any exception that the import raises.
    """
    # os.path.join would write to more memory pages of a forked process.
    activate_virtualenv(f"{directory}/virtualenv")
    return import_main(f"{directory}/__main__.py", main)


def import_main(path: str, main: str) -> Callable[[Any], Any]:
    """Import a file as ``main__``, as OpenWhisk does, and return its attribute ``main``.

    Raises ImportError if there is no such attribute, and CodeRefused for a syntax error.
    """
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("main__", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = module_from_spec(spec)
    sys.modules["main__"] = module
    loader: Any = spec.loader
    try:
        code = loader.get_code("main__")
    except (SyntaxError, ValueError):
        parse_code(path)
        raise
    exec(code, vars(module))  # noqa: S102 - as the loader does
    if not hasattr(module, main):
        raise ImportError(f"cannot import name {main!r} from 'main__' ({ACTION_PATH}/main__.py)")
    function: Callable[[Any], Any] = getattr(module, main)
    return function


def parse_code(path: str) -> None:
    """Raise CodeRefused if the code in a file cannot be parsed.

    Other errors, such as a ``return`` outside of a function, are only found by the import.
    """
    import ast

    try:
        with open(path, "rb") as file:
            ast.parse(file.read().decode())
    except SyntaxError as error:
        raise CodeRefused(error.msg) from error
    except ValueError as error:
        raise CodeRefused(str(error)) from error


def compile_code(directory: str) -> None:
    """Compile the action's files in advance, so that imports find them in ``__pycache__``."""
    from importlib.machinery import SourceFileLoader

    found = 0
    for folder, folders, files in os.walk(directory):
        # Skip the virtualenv, because it may need another interpreter. os.walk does not follow
        # symbolic links.
        folders[:] = [each for each in folders if each not in ("__pycache__", "virtualenv")]
        for name in files:
            if not name.endswith(".py"):
                continue
            found += 1
            if found > MAX_COMPILED:
                return
            # Errors are ignored here, because importing the file will raise them again.
            with contextlib.suppress(Exception):
                SourceFileLoader(name, os.path.join(folder, name)).get_code(name)


def activate_virtualenv(virtualenv: str) -> None:
    """Activate the virtualenv in the action's archive, if there is one.

    Raises CodeRefused if the virtualenv does not contain ``activate_this.py``, or if it fails.
    """
    # Unlike os.path.isdir, access does not create an exception for a missing file.
    if not access(virtualenv, F_OK) or not os.path.isdir(virtualenv):
        return
    for folder in ("bin", "Scripts"):
        path = os.path.join(virtualenv, folder, "activate_this.py")
        if os.path.isfile(path):
            try:
                with open(path, "rb") as file:
                    code = compile(file.read(), path, "exec")
                # Executing activate_this.py is the documented way to activate a virtualenv.
                exec(code, {"__file__": path, "__name__": "activate_this"})  # noqa: S102
            except Exception as error:
                raise CodeRefused(f"{type(error).__name__}: {error}") from error
            return
    raise CodeRefused(f"{NO_ACTIVATION}\n")


# The buffer of an environment variable has at least this many spare bytes for longer values. ctypes
# creates a class for each length, so most buffers have the same one.
SPARE_BYTES = 64
BUFFER_BYTES = 256
BUFFER: Any = ctypes.c_char * BUFFER_BYTES

# The trace context of a run (https://www.w3.org/TR/trace-context/), whose variables have the names
# of its headers. Most runs do not have one.
TRACE = ("traceparent", "tracestate")


class EnvironmentVariables:
    """Sets environment variables for a run, such as ``__OW_ACTIVATION_ID`` for ``activation_id``.

    Assigning to ``os.environ`` calls setenv(3), which keeps a copy of every value. So a worker
    would grow by about 300 bytes with each run. putenv(3) with reused buffers avoids this.
    """

    def __init__(self) -> None:
        # Whether the last run had a trace context.
        self.traced = False
        # The value of each key in the last run, and the variable's encoded name and value.
        self._last: dict[str, tuple[str, bytes, bytes]] = {}
        self._texts: dict[bytes, Any] = {}
        self._putenv: Any = getattr(ctypes.CDLL(None), "putenv", None)

    def set(self, values: dict[str, str]) -> None:
        """Set the environment variables for the keys of ``values``."""
        # Other Python implementations may lack this private dictionary of os.environ.
        data = getattr(os.environ, "_data", None)
        if type(data) is not dict or self._putenv is None:
            for key, value in values.items():
                os.environ[variable(key)] = value
            return
        for key, value in values.items():
            last = self._last.get(key)
            # Most values are those of the last run. The action may have changed the variable.
            if last is None or last[0] != value or data.get(last[1]) != last[2]:
                self._set(data, key, value)

    def _set(self, data: dict[bytes, bytes], key: str, value: str) -> None:
        name, new = os.fsencode(variable(key)), os.fsencode(value)
        self._last[key] = value, name, new
        if data.get(name) == new:
            return
        prefix = name + b"="
        buffer = self._texts.get(name)
        if buffer is None or len(buffer) <= len(prefix) + len(new):
            needed = len(prefix) + len(new) + SPARE_BYTES
            usual = needed <= BUFFER_BYTES
            buffer = BUFFER() if usual else ctypes.create_string_buffer(needed)
        buffer.value = prefix + new
        # Call putenv even for a reused buffer, because the action may have replaced the variable.
        self._putenv(buffer)
        self._texts[name] = buffer
        data[name] = new

    def drop_trace(self, request: dict[str, Any]) -> None:
        """Remove the variables of the last run's trace context that ``request`` does not have."""
        for key in TRACE:
            if key not in request:
                os.environ.pop(key, None)
        self.traced = TRACE[0] in request


def variable(key: str) -> str:
    """Return the name of the environment variable for a key of a request."""
    return key if key in TRACE else "__OW_" + key.upper()


# The object is global, because the process environment refers to its buffers until the end.
VARIABLES = EnvironmentVariables()


def make_to_json() -> Callable[[Any], str]:
    """Return a fast ``json.dumps`` that does not escape non-ASCII characters.

    Unlike ``json.dumps`` with options, the function does not create an encoder for each call.
    """
    encoder = json.JSONEncoder(ensure_ascii=False)
    make_encoder = getattr(json.encoder, "c_make_encoder", None)
    if make_encoder is None:
        return encoder.encode
    write = json.encoder.encode_basestring
    # The dictionary is used to detect circular references. All calls can share it: only an error
    # leaves entries in it, and an error ends the process.
    chunks = make_encoder({}, encoder.default, write, None, ": ", ", ", False, False, True)
    join = "".join
    return lambda value: join(chunks(value, 0))


to_json = make_to_json()
# Parses JSON at an index of a string. Unlike json.loads, it does not skip whitespace.
parse_json: Callable[[str, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]


def run(function: Callable[[Any], Any], line: bytes) -> bytes:
    """Call ``function`` for a request, and return the reply as bytes that end with a newline.

    If the function raises an exception, the reply is ``{"error": …}`` with its message. If memory
    runs out, the reply is MEMORY_EXHAUSTED. As in OpenWhisk, ``sys.exit()`` ends the process, and
    so does a result that is not JSON-serializable.
    """
    try:
        request, _ = parse_json(line.decode(), 0)
        value = request.pop("value", {})
        if VARIABLES.traced or "traceparent" in request:
            VARIABLES.drop_trace(request)
        VARIABLES.set(request)
        try:
            result = function(value)
        except MemoryError:
            raise
        except Exception as error:
            TRACEBACKS.print(error, RUN_CALL, "\n")
            result = {"error": str(error)}
        try:
            return to_json(result).encode() + b"\n"
        except MemoryError:
            raise
        except Exception:
            report_unserializable(result)
            raise SystemExit(1) from None
    except MemoryError:
        return MEMORY_EXHAUSTED


def report_unserializable(result: Any) -> None:
    """Print the traceback of OpenWhisk's launcher for a result that is not JSON-serializable."""
    call = DUMPS_CALL
    try:
        text = json.dumps(result, ensure_ascii=False)
        call = ENCODE_CALL
        text.encode()
    except Exception as error:
        # The context is the same error of the faster encoder.
        error.__context__ = None
        TRACEBACKS.print(error, call)
    if isinstance(result, types.CoroutineType):
        name = result.__qualname__
        result.close()
        sys.stderr.write(f"sys:1: RuntimeWarning: coroutine {name!r} was never awaited\n")


# Where OpenWhisk's containers keep the action and Python's modules.
ACTION_PATH = "/action/1/bin"
PYTHON_PATH = "lib/python{}.{}/".format(*sys.version_info)

# Calls in OpenWhisk's launcher: the number and text of the line, and the columns of the call.
RUN_CALL = (65, "    res = main(payload)", 10, 23)
DUMP_LINE = "  out.write(json.dumps(res, ensure_ascii=False).encode('utf-8'))"
DUMPS_CALL = (69, DUMP_LINE, 12, 47)
ENCODE_CALL = (69, DUMP_LINE, 12, 63)


class Tracebacks:
    """Prints tracebacks as in OpenWhisk's containers: with its launcher's frame, and its paths.

    ``directory``: the directory of the action's files.
    """

    def __init__(self) -> None:
        self.directory = ""

    def print(self, error: BaseException, call: tuple[Any, ...], end: str = "") -> None:
        """Print a traceback to standard error, with the launcher's ``call`` for our own frames."""
        # The import is local, because most workers never need it.
        import traceback

        frames: TracebackType | None = error.__traceback__
        while frames is not None and is_not_action_code(frames.tb_frame.f_code.co_filename):
            frames = frames.tb_next
        try:
            shown = traceback.TracebackException(type(error), error, frames)
            self.rename_files(shown)
            number, line, *columns = call
            # The line break counts when the traceback places its carets.
            line += "\n"
            more: dict[str, int] = {}
            if columns and sys.version_info >= (3, 11):
                more = {"end_lineno": number, "colno": columns[0], "end_colno": columns[1]}
            path = f"{ACTION_PATH}/exec__.py"
            summary: Any = traceback.FrameSummary
            shown.stack.insert(
                0, summary(path, number, "<module>", lookup_line=False, line=line, **more)
            )
            sys.stderr.write("".join(shown.format()) + end)
        except Exception:
            # The action may have replaced sys.stderr, or str() of its exception may fail.
            os.write(2, f"{type(error).__name__}\n".encode())

    def rename_files(self, shown: Any) -> None:
        for frame in shown.stack:
            frame.filename = self.path_in_container(frame.filename)
        if getattr(shown, "filename", None):
            shown.filename = self.path_in_container(shown.filename)
        group = getattr(shown, "exceptions", None) or []
        for other in (shown.__cause__, shown.__context__, *group):
            if other is not None:
                self.rename_files(other)

    def path_in_container(self, path: str) -> str:
        if self.directory and path.startswith(f"{self.directory}/"):
            name = path[len(self.directory) :]
            return ACTION_PATH + ("/main__.py" if name == "/__main__.py" else name)
        for prefix in (sys.prefix, sys.base_prefix):
            if path.startswith(f"{prefix}/{PYTHON_PATH}"):
                return f"/usr/local{path[len(prefix) :]}"
        return path


# The object is global, because errors are reported in many places.
TRACEBACKS = Tracebacks()


def is_not_action_code(filename: str) -> bool:
    """Return whether a frame's file belongs to the worker or to Python's import system."""
    return filename in OWN_FILES or filename.startswith("<frozen importlib")


def flush() -> None:
    """Flush standard output and error, ignoring errors."""
    flush_stream(sys.stdout)
    flush_stream(sys.stderr)


def flush_stream(stream: Any) -> None:
    try:  # noqa: SIM105 - called twice for every run, where contextlib would cost time
        stream.flush()
    except Exception:  # noqa: S110 - the action may have closed or replaced it
        pass


def write_reply(reply: int, data: bytes) -> None:
    """Write all of ``data`` to the file descriptor ``reply``."""
    # One of the action's signal handlers can interrupt a write, so that only a part is written.
    view = memoryview(data)
    while view:
        view = view[os.write(reply, view) :]
