"""The key that ``doctl``, the command line tool of DigitalOcean, keeps for Functions.

``doctl serverless connect`` writes it to ``credentials.json`` in a folder that is named after the
account. Source: doctl's do/serverless.go at 168188d (2026-08-06).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.client.target import api_url
from jupyter_faas.errors import TargetNotConfigured

TOKEN_VARIABLE = "DIGITALOCEAN_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
CONNECT = "doctl serverless connect"


@dataclass(frozen=True)
class DoctlChoice:
    """The host and the namespace that doctl uses at present."""

    apihost: str
    namespace: str


def find_credentials(environ: Mapping[str, str], home: Path) -> Path:
    """Return doctl's file of credentials.

    If doctl has files of several accounts, the token in ``$DIGITALOCEAN_ACCESS_TOKEN`` decides.
    Raises TargetNotConfigured if there is no file, or if the choice is not clear.
    """
    found = list_credentials(environ, home)
    if len(found) == 1:
        return found[0]
    folder = _credentials_folder(environ, home)
    if not found:
        raise TargetNotConfigured(
            f"No key for DigitalOcean Functions was found in {folder}.",
            hint=f"Create one with: {CONNECT}\nOr specify the file that contains the key: --doctl "
            "FILE",
        )
    raise TargetNotConfigured(
        f"Keys for {len(found)} accounts were found in {folder}.",
        hint=f"Set {TOKEN_VARIABLE} to the token of one account.\nOr specify the account's file: "
        "--doctl FILE",
    )


def list_credentials(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return doctl's files of credentials, one for each account, in folders with distinct names.

    If the token in ``$DIGITALOCEAN_ACCESS_TOKEN`` selects an account, return only its file.
    """
    folder = _credentials_folder(environ, home)
    token = environ.get(TOKEN_VARIABLE, "")
    if token:
        # doctl names the folder after the first four bytes of this digest.
        digest = hashlib.sha1(token.encode(), usedforsecurity=False).hexdigest()[:8]
        chosen = folder / digest / "credentials.json"
        if chosen.is_file():
            return [chosen]
    return sorted(folder.glob("*/credentials.json"))


def read_choice(path: Path, name: str) -> DoctlChoice:
    """Return the host and the namespace that doctl uses. Raises TargetNotConfigured."""
    entries = _read(path, name)
    host, namespace = entries.get("currentHost"), entries.get("currentNamespace")
    if not (isinstance(host, str) and host and isinstance(namespace, str) and namespace):
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} does not select a namespace.",
            hint=f"Choose one with: {CONNECT}",
        )
    return DoctlChoice(api_url(host), namespace)


def read_key(path: Path, name: str, apihost: str, namespace: str) -> str:
    """Return the key of a namespace. ``name`` is the target's, for messages.

    Raises TargetNotConfigured if the file cannot be read or does not contain the key.
    """
    hosts = _read(path, name).get("credentials")
    for host, namespaces in (hosts if isinstance(hosts, dict) else {}).items():
        entry = namespaces.get(namespace) if isinstance(namespaces, dict) else None
        key = entry.get("api_key") if isinstance(entry, dict) else None
        if isinstance(key, str) and key and api_url(host) == apihost:
            return key
    raise TargetNotConfigured(
        f"Target {name!r} is not configured: {path} does not contain a key for {namespace}.",
        hint=f"Create one with: {CONNECT} {namespace}",
    )


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} cannot be read ({exc.strerror}).",
            hint=f"Create the file again with: {CONNECT}",
        ) from exc
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} is not a credentials file of doctl.",
            hint=f"Create the file again with: {CONNECT}",
        )
    return found


def _credentials_folder(environ: Mapping[str, str], home: Path) -> Path:
    return _config_home(environ, home) / "doctl" / "sandbox" / "creds"


def _config_home(environ: Mapping[str, str], home: Path) -> Path:
    """Return the folder that Go's ``os.UserConfigDir`` returns, which doctl uses."""
    if os.name == "nt":
        return Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
