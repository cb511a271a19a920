"""Probes of Python interpreters: their version, platform and installed distributions."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from typing import NamedTuple

# The probed interpreter runs this program, which supports Python 3.9 and uses only the standard
# library. It takes versions from the names of .dist-info directories, because reading the metadata
# would take ten times as long.
_PROBE = """
import json, os, platform, sys, sysconfig
folders = [each for each in sys.path if each and os.path.isdir(each)]
installed = {}

def old(path):
    if os.path.isdir(path):
        path = os.path.join(path, "PKG-INFO")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            head = file.read(65536).split("\\n\\n")[0].splitlines()
    except OSError:
        return
    fields = dict(line.split(": ", 1) for line in head if ": " in line)
    if "Name" in fields and "Version" in fields:
        installed.setdefault(fields["Name"], fields["Version"])

for folder in folders:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        continue
    for name in names:
        if name.endswith(".dist-info"):
            distribution, _, version = name[:-len(".dist-info")].rpartition("-")
            if distribution:
                installed.setdefault(distribution, version)
        elif name.endswith(".egg-info"):
            old(os.path.join(folder, name))
info = sys.implementation.version
print(json.dumps({
    "version": platform.python_version(),
    "platform": "%s-%s" % (sys.implementation.cache_tag, sysconfig.get_platform()),
    "folders": folders,
    "installed": installed,
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": "%d.%d.%d" % info[:3],
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}))
"""

_PROBE_TIMEOUT_S = 60


class Interpreter(NamedTuple):
    """The result of a probe.

    ``version``: the full Python version, such as ``3.11.7``.
    ``platform``: the implementation and platform, such as ``cpython-311-linux-x86_64``.
    ``installed``: the version of each distribution that the interpreter can import.
    ``markers``: the values of the environment markers, such as ``python_version`` (PEP 508).
    """

    executable: str
    version: str
    platform: str
    installed: Mapping[str, str]
    markers: Mapping[str, str]


class Interpreters:
    """A cache of probe results. An interpreter is probed again after packages were installed."""

    def __init__(self) -> None:
        self._cache: dict[str, tuple[Interpreter, dict[str, int]]] = {}
        self._lock = threading.Lock()

    def probe(self, executable: str, environment: Mapping[str, str]) -> Interpreter | None:
        """Return the probe result for an interpreter, or None if the interpreter does not work.

        This method blocks if the result is not cached.
        """
        # The lock makes concurrent callers wait for the probe and then use the cached result.
        with self._lock:
            return self._probe(executable, environment)

    def _probe(self, executable: str, environment: Mapping[str, str]) -> Interpreter | None:
        cached = self._cache.get(executable)
        if cached is not None and all(
            _modified_ns(path) == when for path, when in cached[1].items()
        ):
            return cached[0]
        try:
            done = subprocess.run(
                [executable, "-c", _PROBE],
                # With -c, Python searches the current directory first, so use one without modules.
                cwd="/",
                env=dict(environment),
                capture_output=True,
                timeout=_PROBE_TIMEOUT_S,
                check=True,
            )
            report = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return None
        interpreter = Interpreter(
            executable,
            report["version"],
            report["platform"],
            report["installed"],
            report["markers"],
        )
        times = {path: _modified_ns(path) for path in (executable, *report["folders"])}
        self._cache[executable] = interpreter, times
        return interpreter


def _modified_ns(path: str) -> int:
    """Return the modification time of a path in ns, or 0 if the path does not exist."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
