"""The worker of a Python action: speaks ActionLoop, OpenWhisk's own protocol (contract §5.2, §5.3).

A line of JSON comes in on standard input, a line goes out on the pipe REPLY; standard output and
error are the logs. ``{"ok":true}`` goes out once the code is loaded. Imported by ``launcher.py``
in a process of its own, which is confined already. Standard library only, Python 3.9 or newer.
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

# Not JSON, so no result of an action looks like it.
MEMORY_EXHAUSTED = b"!memory\n"
CANNOT_START = "Cannot start action. Check logs for details."
NO_MODULE = "What is not installed here can be asked for: in a requirements.txt, in an archive."
NO_ACTIVATION = "Invalid virtualenv. Zip file does not include 'activate_this.py'."

# Few actions import more of what they bring.
MOST_COMPILED = 1000

# The worker keeps its own ends of the pipes at and above this number.
FIRST_OWN_DESCRIPTOR = 64

OWN_FILES = tuple(
    os.path.join(os.path.dirname(__file__), name)
    for name in ("launcher.py", "python_worker.py", "prefork.py", "zygote.py")
)


def serve(directory: str, main: str, reply: int) -> None:
    """Answer requests until standard input ends. Never returns."""
    code = 1
    try:
        code = work(directory, main, reply)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        print_traceback(error)
    finally:
        # At once, whatever threads the action has left running.
        flush()
        os._exit(code)


def work(directory: str, main: str, reply: int) -> int:
    """Run the action's code until standard input ends; give the exit code."""
    # The action cannot get at these by number, and what it starts does not inherit them.
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), "rb")
    reply, given = fcntl.fcntl(reply, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), reply
    # Its own number grows with the workers that the playground keeps.
    os.close(given)
    os.closerange(3, FIRST_OWN_DESCRIPTOR)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    # The folder of this file is no place for the action's imports, nor is its name theirs.
    sys.path[0] = directory
    sys.argv = ["__main__.py"]
    sys.modules.pop(__name__, None)
    try:
        function = load(directory, main)
    except MemoryError:
        flush()
        answer(reply, MEMORY_EXHAUSTED)
        return 1
    except Exception as error:
        if isinstance(error, InvalidVirtualenv):
            sys.stderr.write(f"{error}\n")
        else:
            print_traceback(error)
        if isinstance(error, ModuleNotFoundError):
            sys.stderr.write(f"{NO_MODULE}\n")
        flush()
        answer(reply, json.dumps({"error": CANNOT_START}).encode() + b"\n")
        return 1
    flush()
    answer(reply, b'{"ok":true}\n')
    while True:
        line = requests.readline()
        if not line:
            return 0
        data = run(function, line)
        # Before the answer, so that whoever reads the answer can read all the logs.
        flush()
        answer(reply, data)


def load(directory: str, main: str) -> Callable[[Any], Any]:
    """The function ``main`` of the action that lies in ``directory``."""
    activate(os.path.join(directory, "virtualenv"))
    return imported(os.path.join(directory, "__main__.py"), main)


def imported(path: str, main: str) -> Callable[[Any], Any]:
    """The function ``main`` of a file, imported as OpenWhisk does, under ``main__``."""
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


def compile_all(directory: str) -> None:
    """Keep the compiled form of an action's files where an import looks for it."""
    from importlib.machinery import SourceFileLoader

    found = 0
    for folder, folders, files in os.walk(directory):
        # Links are not followed. A virtual environment has its own interpreter.
        folders[:] = [each for each in folders if each not in ("__pycache__", "virtualenv")]
        for name in files:
            if not name.endswith(".py"):
                continue
            found += 1
            if found > MOST_COMPILED:
                return
            # Whoever imports it will be told what is wrong with it.
            with contextlib.suppress(Exception):
                SourceFileLoader(name, os.path.join(folder, name)).get_code(name)


class InvalidVirtualenv(Exception):
    """Raised when the action has brought a virtual environment that cannot be activated."""


def activate(virtualenv: str) -> None:
    """Take on the virtual environment that the action has brought, if it has."""
    if not os.path.isdir(virtualenv):
        return
    for folder in ("bin", "Scripts"):
        path = os.path.join(virtualenv, folder, "activate_this.py")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                code = compile(file.read(), path, "exec")
            # This is how the script is meant to be used.
            exec(code, {"__file__": path, "__name__": "activate_this"})  # noqa: S102
            return
    raise InvalidVirtualenv(NO_ACTIVATION)


class Variables:
    """What is told to each run: ``activation_id`` as ``__OW_ACTIVATION_ID``, and so on.

    setenv(3), which ``os.environ`` calls, keeps a copy of every value that it was ever given: with
    it a worker would grow by some 300 bytes a run. So the texts lie in buffers of ours.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, bytes]] = {}
        self._texts: dict[bytes, Any] = {}
        self._putenv: Any = getattr(ctypes.CDLL(None), "putenv", None)

    def set(self, key: str, value: str) -> None:
        # What os.environ holds. Where there is none, os.environ has to be asked.
        data = getattr(os.environ, "_data", None)
        if type(data) is not dict or self._putenv is None:
            os.environ["__OW_" + key.upper()] = value
            return
        if key not in self._known:
            name = os.fsencode("__OW_" + key.upper())
            self._known[key] = name, name + b"="
        name, begin = self._known[key]
        new = os.fsencode(value)
        if data.get(name) == new:
            return
        buffer = self._texts.get(name)
        if buffer is None or len(buffer) <= len(begin) + len(new):
            buffer = ctypes.create_string_buffer(len(begin) + len(new) + 64)
        buffer.value = begin + new
        # Even if it is there already: the action may have put another in its place.
        self._putenv(buffer)
        self._texts[name] = buffer
        data[name] = new


# For as long as there is this process: its environment points to the texts.
VARIABLES = Variables()


def make_encode() -> Callable[[Any], str]:
    """``json.dumps`` without escapes, made once: that makes an encoder for each result."""
    encoder = json.JSONEncoder(ensure_ascii=False)
    quick = getattr(json.encoder, "c_make_encoder", None)
    if quick is None:
        return encoder.encode
    write = json.encoder.encode_basestring
    chunks = quick({}, encoder.default, write, None, ": ", ", ", False, False, True)
    join = "".join
    return lambda value: join(chunks(value, 0))


encode = make_encode()
# Of a whole line that is JSON, as the playground's are, without looking for blanks around it.
scan: Callable[[str, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]


def run(function: Callable[[Any], Any], line: bytes) -> bytes:
    """The answer to one request, as bytes that end with a newline.

    A result that cannot be JSON ends the process, as in OpenWhisk; so does ``sys.exit()``.
    """
    try:
        request, _ = scan(line.decode(), 0)
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
        return encode(result).encode() + b"\n"
    except MemoryError:
        return MEMORY_EXHAUSTED


def print_traceback(error: BaseException) -> None:
    """On standard error, without the frames that are not the action's."""
    import traceback

    frames: TracebackType | None = error.__traceback__
    while frames is not None and foreign(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    try:
        traceback.print_exception(type(error), error, frames)
    except Exception:
        # The action may have broken sys.stderr, or its exception may not print.
        os.write(2, f"{type(error).__name__}\n".encode())


def foreign(filename: str) -> bool:
    return filename in OWN_FILES or filename.startswith("<frozen importlib")


def flush() -> None:
    flush_stream(sys.stdout)
    flush_stream(sys.stderr)


def flush_stream(stream: Any) -> None:
    try:  # noqa: SIM105 - for every run, where contextlib would be felt
        stream.flush()
    except Exception:  # noqa: S110 - the action may have closed or replaced it
        pass


def answer(reply: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(reply, view) :]
