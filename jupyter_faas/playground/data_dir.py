"""The playground's data directory: paths, API keys, wskprops files, state.json, process lock."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import re
import secrets
import signal
import string
import uuid
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.file_systems import shares_locks

# The port of Apache OpenWhisk's standalone server, which many clients use by default.
DEFAULT_PORT = 3233
# LEASED is the key in state.json that marks a playground as running on a lease (see
# ``control.start``). KEEP_SIGNAL ends the lease, so that the playground continues to run.
LEASED = "leased"
KEEP_SIGNAL = signal.SIGUSR1
# ENDED is the key in state.json of the runs that the last stop ended, each with its ``name`` and
# ``id``.
ENDED = "ended"

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9A-Za-z]{64}")


def is_key(text: str) -> bool:
    """Return whether ``text`` has the format of an API key, ``uuid:key``."""
    return _KEY.fullmatch(text) is not None


def new_key() -> str:
    """Return a new API key: a UUID, a colon, and 64 letters and digits (contract §1.2)."""
    alphabet = string.ascii_letters + string.digits
    return f"{uuid.uuid4()}:{''.join(secrets.choice(alphabet) for _ in range(64))}"


class DataDirectory:
    """The directory ``DATA_DIR/playground``, readable by its owner only, and the files in it."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.absolute() / "playground"
        self.lock = self.root / "lock"
        self.key = self.root / "key"
        self.wskprops = self.root / "wskprops"
        self.state = self.root / "state.json"
        self.journal = self.root / "journal"
        self.records = self.root / "records.db"
        self.damaged = self.root / "damaged"
        self.log = self.root / "playground.log"
        self.host_python = self.root / "python.json"
        self.environments = self.root / "environments"
        self.code = self.root / "code"
        self.shipped = self.root / "shipped"
        self.builds = self.root / "builds"
        self.kinds = self.root / "kinds.json"
        self.namespaces = self.root / "namespaces.json"
        self.certificate = self.root / "certificate.pem"
        self.ca = self.root / "ca.pem"
        self.models = self.root / "models"
        self.model_cache = self.root / "model-cache"
        self.model_key = self.root / "models.key"

    def create(self) -> None:
        """Create the directory. Raises PlaygroundError when that fails."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
        except OSError as error:
            raise PlaygroundError(
                f"The folder {self.root} cannot be used: {error.strerror}.",
                hint="Choose another data folder with --data-dir or JUPYTER_FAAS_DATA_DIR.",
            ) from error

    def copy_worker_file(self, name: str) -> Path:
        """Copy a file of worker code into the data directory and return the path of the copy.

        An upgrade of the package then does not change the file while the playground runs. Blocking;
        call it before any process is started with the file.
        """
        path = self.shipped / name
        self.shipped.mkdir(mode=0o700, exist_ok=True)
        source = (files("jupyter_faas") / "shipped/workers" / name).read_bytes()
        # Write only if the content has changed, because Python compiles a newer file again.
        if not path.exists() or path.read_bytes() != source:
            path.write_bytes(source)
        return path

    def auth(self, make: Callable[[], str] = new_key) -> str:
        """Return the API key of ``guest``, which the first call creates with ``make``.

        Raises PlaygroundError if the key file does not contain a valid API key.
        """
        try:
            key = self.key.read_text().strip()
        except FileNotFoundError:
            key = make()
            write_private(self.key, key + "\n")
        if not is_key(key):
            raise PlaygroundError(
                f"{self.key} does not contain a key.",
                hint="Delete the file. The playground creates a new key when it starts.",
            )
        return key

    def write_wskprops(self, apihost: str, auth: str) -> None:
        """Write the wskprops file, which ``wsk`` and other clients read.

        The file does not set NAMESPACE: if it did, Composer's client would send a Bearer token.
        """
        write_private(self.wskprops, f"APIHOST={apihost}\nAUTH={auth}\n")

    def wskprops_of(self, namespace: str) -> Path:
        """Return the path of the wskprops file of a namespace other than ``guest``."""
        return self.root / "namespaces" / f"{namespace}.wskprops"

    def write_wskprops_of(self, namespace: str, apihost: str, auth: str) -> Path:
        """Write the wskprops file of a namespace and return its path.

        The file does not name the namespace, because the API key identifies it.
        """
        path = self.wskprops_of(namespace)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(path, f"APIHOST={apihost}\nAUTH={auth}\n")
        return path

    def apihost(self) -> str:
        """Return the playground's URL from wskprops, or the default URL if that file is missing."""
        try:
            lines = self.wskprops.read_text().splitlines()
        except FileNotFoundError:
            lines = []
        found = [line.partition("=")[2] for line in lines if line.startswith("APIHOST=")]
        return found[0] if found else f"http://127.0.0.1:{DEFAULT_PORT}"

    def write_state(self, state: dict[str, Any]) -> None:
        """Write state.json: port, pid, started (epoch ms), tls (bool), and LEASED if on a lease."""
        write_private(self.state, json.dumps(state) + "\n")

    def read_state(self) -> dict[str, Any]:
        """Return the state of the current or previous process, or {} if it cannot be read."""
        try:
            state = json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def acquire_lock(self) -> int | None:
        """Acquire the process lock; return its file descriptor, or None if another process has it.

        The descriptor must stay open. The kernel releases the lock when the descriptor is closed,
        even after a crash, which would leave a pid file behind. Raises PlaygroundError if the
        file system has no locks, or if another machine may have a lock that cannot be seen here.
        """
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not self._take(descriptor, fcntl.LOCK_EX):
                os.close(descriptor)
                return None
            self._check_last_holder(_Holder.read(descriptor))
        except PlaygroundError:
            os.close(descriptor)
            raise
        _Holder(os.getpid(), machine_id(), os.uname().nodename).write(descriptor)
        return descriptor

    def record_end(self, descriptor: int) -> None:
        """Record in the lock file that this process ends, which releases the lock.

        On some network file systems, other machines do not see the lock, but they see the file.
        """
        with contextlib.suppress(OSError):
            _Holder(os.getpid()).write(descriptor)

    def lock_holder(self) -> int | None:
        """Return the pid of the process that holds the lock, or None if it is free or unknown.

        Raises PlaygroundError if the directory belongs to another user.
        """
        found = self._lock_holder()
        return None if found is None else found.pid

    def check_lock_is_local(self) -> None:
        """Raise PlaygroundError if a process of another machine or container holds the lock.

        Its pid means nothing here, and its port is on the other machine.
        """
        found = self._lock_holder()
        if found is not None and found.is_elsewhere:
            raise PlaygroundError(
                "The playground of this data folder is running on another machine or in another "
                f"container: {found.host}.",
                hint="Use it there, or stop it there (jupyter faas playground stop). To run a "
                "playground here as well, set JUPYTER_FAAS_DATA_DIR to a folder other than "
                f"{self.root.parent}.",
            )

    def _lock_holder(self) -> _Holder | None:
        try:
            descriptor = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise PlaygroundError(
                f"The playground in {self.root} belongs to another user.",
                hint="Choose another data folder with --data-dir or JUPYTER_FAAS_DATA_DIR.",
            ) from error
        try:
            # The lock is shared, so that two processes that check at the same time do not mistake
            # each other for the holder.
            return None if self._take(descriptor, fcntl.LOCK_SH) else _Holder.read(descriptor)
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int, kind: int) -> bool:
        """Lock the open file, or return False if another process has it.

        Raises PlaygroundError if that is impossible.
        """
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # For example NFS version 3 without a lock server, or Lustre without the option flock.
            raise PlaygroundError(
                f"Files in {self.root} cannot be locked: {error.strerror}.",
                hint="Without locks, two playgrounds could damage the data. Set "
                "JUPYTER_FAAS_DATA_DIR to a folder on a local disk.",
            ) from error
        return True

    def _check_last_holder(self, last: _Holder | None) -> None:
        if last is None or not last.is_elsewhere or shares_locks(self.lock):
            return
        # This machine or container has been restarted since, which ended all its processes.
        if last.host == os.uname().nodename:
            return
        raise PlaygroundError(
            "The playground of this data folder may be running on another machine or in another "
            f"container: {last.host}.",
            hint="This file system does not show the locks of other machines. Stop the playground "
            f"on {last.host}. If it was killed, delete {self.lock} and try again.",
        )


class _Holder(NamedTuple):
    """The process that holds or held the lock, as the lock file names it.

    ``machine``: the id of its machine and container, or an empty string if unknown.
    ``host``: the host name.
    """

    pid: int
    machine: str = ""
    host: str = ""

    @classmethod
    def read(cls, descriptor: int) -> _Holder | None:
        """Return the holder, or None while the file is empty, just after the lock was acquired."""
        pid, *names = os.pread(descriptor, 1024, 0).decode("utf-8", "replace").splitlines() or [""]
        return cls(int(pid), *names[:2]) if pid.isdigit() else None

    def write(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{self.pid}\n{self.machine}\n{self.host}\n".encode(), 0)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the process belongs to another machine or container, as far as is known."""
        own = machine_id()
        return bool(self.machine and own) and self.machine != own


@functools.cache
def machine_id() -> str:
    """Return an id of this machine since its last boot, and of this container on it.

    Processes with the same id see each other's pids. Empty if unknown, as on macOS.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner can read the new file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # A crashed process with the same pid may have left this file, and O_EXCL below would then fail.
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        # Without this, a power cut could leave an empty file under the final name.
        os.fsync(descriptor)
    temporary.replace(path)
