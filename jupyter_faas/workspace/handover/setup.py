"""What a shell does first, so that what reads ``wskprops`` finds a target's host and key. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_faas.workspace.namedtarget import NamedTarget
from jupyter_faas.workspace.targets import PLAYGROUND

# How curl, requests, Node.js and Go (wsk) each are told whom to trust.
_TRUST = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")


def setup_of(target: str, data_dir: Path, named: Mapping[str, Any]) -> str:
    """The lines for a target; none for the one that is read from there anyway.

    ``named`` are the entries of settings.json, by name. Raises TargetNotConfigured.
    """
    if target == PLAYGROUND:
        return file_setup(data_dir / PLAYGROUND / "wskprops")
    if target in named:
        return named_setup(NamedTarget.from_json(target, named[target]))
    return ""


def file_setup(path: Path) -> str:
    """For a target whose ``wskprops`` lies in a place of its own."""
    return f"export WSK_CONFIG_FILE={shlex.quote(str(path))}"


def named_setup(named: NamedTarget) -> str:
    """For a target of the user's own. The key goes from its place to a file, through no text."""
    lines = [file_setup(Path(named.wskprops)) if named.wskprops else _written(named)]
    if named.ca:
        path = shlex.quote(named.ca)
        lines.append(f"export {' '.join(f'{name}={path}' for name in _TRUST)}")
    return "\n".join(lines)


def _written(named: NamedTarget) -> str:
    file = f"~/.wskprops-{named.name}"
    key = (
        f'"$(cat {shlex.quote(named.auth_file)})"'
        if named.auth_file
        else f'"${named.auth_variable}"'
    )
    form, values = "APIHOST=%s\\nAUTH=%s\\n", [shlex.quote(named.apihost), key]
    if named.namespace:
        form, values = f"{form}NAMESPACE=%s\\n", [*values, shlex.quote(named.namespace)]
    return "\n".join(
        [
            f"(umask 077; printf '{form}' {' '.join(values)} > {file})",
            f"export WSK_CONFIG_FILE={file}",
        ]
    )
