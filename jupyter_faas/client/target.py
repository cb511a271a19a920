"""``Target``: a host, a namespace and a key, read from wskprops files; ``HostInfo``: its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from jupyter_faas.errors import TargetNotConfigured
from jupyter_faas.whisk import SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import Runtimes, runtimes_from_info
from jupyter_faas.whisk.profiles import OPENWHISK

TargetKind = Literal["playground", "openwhisk"]

PLAYGROUND = "playground"
WSKPROPS = "wskprops"


@dataclass(frozen=True)
class Target:
    """One OpenWhisk host as one user sees it.

    ``apihost`` is a URL with scheme and without a path; ``namespace`` ``_`` means the key's own.
    ``auth`` is ``uuid:key``; it never shows in ``repr``. ``ca`` is a PEM file to trust in place of
    the system's; ``insecure`` accepts any certificate. ``profile`` names what such hosts do
    differently (:mod:`jupyter_faas.whisk.profiles`).
    """

    name: str
    label: str
    kind: TargetKind
    apihost: str
    auth: str = field(repr=False)
    namespace: str = "_"
    insecure: bool = False
    ca: Path | None = None
    profile: str = OPENWHISK

    def __post_init__(self) -> None:
        object.__setattr__(self, "apihost", api_url(self.apihost))


def api_url(apihost: str) -> str:
    """``host[:port]`` or a URL as ``https://host[:port]``; OpenWhisk assumes https.

    >>> api_url("openwhisk.lab.example")
    'https://openwhisk.lab.example'
    >>> api_url("http://127.0.0.1:3233/api/v1/")
    'http://127.0.0.1:3233'

    ``TargetNotConfigured`` when it is not an http address, or holds a user or a password.
    """
    text = apihost.strip()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"https://{text}"
    text = re.sub(r"(/api(/v1)?)?/*$", "", text)
    # The text itself stays out of the messages: it may be a key put in the wrong place.
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError when it is not a number
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", text):
        raise TargetNotConfigured(
            "The API host is not an http or https address.",
            hint="It looks like this: APIHOST=https://openwhisk.example.com",
        )
    if parts.username is not None or parts.password is not None:
        raise TargetNotConfigured(
            "The API host holds a user name or password.",
            hint="Keep the key apart from the host: APIHOST=https://host and AUTH=uuid:key",
        )
    return text


def wskprops_path(environ: Mapping[str, str], home: Path) -> Path:
    """The file ``wsk`` would read: ``$WSK_CONFIG_FILE``, else ``~/.wskprops``."""
    chosen = environ.get("WSK_CONFIG_FILE", "")
    return Path(chosen).expanduser() if chosen else home / ".wskprops"


def read_wskprops(
    path: Path,
    *,
    name: str = WSKPROPS,
    label: str | None = None,
    kind: TargetKind = "openwhisk",
    namespace: str = "",
    insecure: bool = False,
    ca: Path | None = None,
    profile: str = OPENWHISK,
) -> Target:
    """The target that a ``wskprops`` file describes; its label is the host unless one is given.

    ``APIHOST`` and ``AUTH`` are needed, ``NAMESPACE`` is optional (``namespace`` goes before it),
    all else is ignored: wsk takes the choice to check certificates at each call, not from the file.
    ``TargetNotConfigured`` when the file or one of the two is missing.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as exc:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: there is no file {path}.",
            hint="Write one with: wsk property set --apihost HOST --auth KEY",
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not a text file"
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} cannot be read ({reason}).",
            hint="Check that the file is yours and readable.",
        ) from exc
    properties = parse_properties(text)
    for key in ("APIHOST", "AUTH"):
        if not properties.get(key):
            option = key.lower()
            raise TargetNotConfigured(
                f"Target {name!r} is not configured: {path} has no {key}.",
                hint=f"Set it with: wsk property set --{option} {option.upper()}",
            )
    apihost = api_url(properties["APIHOST"])
    return Target(
        name=name,
        label=label or urlsplit(apihost).netloc,
        kind=kind,
        apihost=apihost,
        auth=properties["AUTH"],
        namespace=namespace or properties.get("NAMESPACE") or "_",
        insecure=insecure,
        ca=ca,
        profile=profile,
    )


def playground_target(data_dir: Path) -> Target:
    """The playground of that data folder, running or not.

    It trusts the ``ca.pem`` that a start with ``--tls`` leaves beside ``wskprops``.
    ``TargetNotConfigured`` before its first start, which is when it makes its key.
    """
    path = data_dir / "playground" / "wskprops"
    if not path.exists():
        raise TargetNotConfigured(
            "The local playground has never been started.",
            hint="Start it with: jupyter faas playground start",
        )
    ca = path.with_name("ca.pem")
    return read_wskprops(
        path,
        name=PLAYGROUND,
        label="Local playground",
        kind="playground",
        ca=ca if ca.exists() else None,
    )


def read_ca(path: Path, name: str) -> Path:
    """The same path, when it is a file of certificates that target ``name`` may trust.

    ``TargetNotConfigured`` when it cannot be read or holds none.
    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: its CA file {path} cannot be read "
            f"({exc.strerror}).",
            hint="Name the PEM file of the authority that signs the host's certificate.",
        ) from exc
    if not re.search(rb"^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----", text, re.MULTILINE):
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: its CA file {path} holds no certificate.",
            hint="It is to be a PEM file, which begins with -----BEGIN CERTIFICATE-----.",
        )
    return path


def parse_properties(text: str) -> dict[str, str]:
    """``KEY=value`` lines; ``#`` starts a comment line; quotes around a value are taken off."""
    properties = {}
    for line in text.lstrip("\ufeff").splitlines():
        key, equals, value = line.partition("=")
        if not equals or key.lstrip().startswith("#"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        properties[key.strip().upper()] = value
    return properties


# What a host says about itself at ``GET /``, without a key


@dataclass(frozen=True)
class HostInfo:
    """Limits and kinds of a host; limits that it leaves out are upstream's."""

    limits: SystemLimits
    runtimes: Runtimes

    @classmethod
    def from_json(cls, body: object) -> HostInfo:
        """Read the body of ``GET /`` (contract §1.1). ``ValueError`` when it is something else."""
        if not isinstance(body, Mapping) or "runtimes" not in body:
            raise ValueError("no runtimes")
        return cls(
            SystemLimits.from_info(body.get("limits") or {}), runtimes_from_info(body["runtimes"])
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(each.kind for family in self.runtimes.values() for each in family)

    def resolve(self, kind: str) -> str:
        """The kind that is stored for ``kind``. Raises KindNotSupported."""
        return resolve_kind(kind, self.runtimes)
