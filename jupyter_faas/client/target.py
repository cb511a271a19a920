"""``Target``: host, namespace and key, from a wskprops file; ``HostInfo``: a host's limits."""

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

    ``apihost`` is a URL with a scheme and without a path. The ``namespace`` ``_`` means the key's
    own.
    ``auth`` is ``uuid:key`` and not part of ``repr``. ``ca`` is a PEM file to trust instead of the
    system's certificate authorities; ``insecure`` accepts any certificate. ``profile`` is the name
    of a profile of :mod:`jupyter_faas.whisk.profiles`.
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
        # A frozen dataclass can only be changed like this.
        object.__setattr__(self, "apihost", api_url(self.apihost))


def api_url(apihost: str) -> str:
    """Return an API host as a URL without a path. Without a scheme, OpenWhisk assumes https.

    >>> api_url("openwhisk.lab.example")
    'https://openwhisk.lab.example'
    >>> api_url("http://127.0.0.1:3233/api/v1/")
    'http://127.0.0.1:3233'

    Raises TargetNotConfigured when it is not an http or https address, or contains a user name or
    password.
    """
    text = apihost.strip()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"https://{text}"
    # Some wskprops files contain the path of the API, which every client adds itself.
    text = re.sub(r"(/api(/v1)?)?/*$", "", text)
    # The messages below do not repeat the text, because it may be a key in the wrong place.
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # Raises ValueError when it is not a number.
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
    """Return the file that ``wsk`` reads: ``$WSK_CONFIG_FILE``, else ``~/.wskprops``."""
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
    """Return the target that a wskprops file describes. Its label is by default the host.

    The file must have ``APIHOST`` and ``AUTH``, and may have ``NAMESPACE``, which ``namespace``
    overrides. Everything else is ignored: not to check certificates is an option of each ``wsk``
    command, not part of the file.

    Raises TargetNotConfigured when the file cannot be read, or one of the two is missing or
    invalid.
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
    """Return the playground of a data folder as a target, whether it is running or not.

    The target trusts the ``ca.pem`` that a start with ``--tls`` writes beside ``wskprops``. Raises
    TargetNotConfigured before the playground's first start, which creates its key.
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
    """Return ``path`` after checking that it is a PEM file with a certificate.

    Raises TargetNotConfigured, which names the target ``name``, when it is not. Without this check,
    the error would only appear at the first request.
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
    """Parse ``KEY=value`` lines. ``#`` begins a comment line; quotes around a value are removed."""
    properties = {}
    # Some editors on Windows write a byte order mark at the start of the file.
    for line in text.lstrip("\ufeff").splitlines():
        key, equals, value = line.partition("=")
        if not equals or key.lstrip().startswith("#"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        properties[key.strip().upper()] = value
    return properties


# -- What a host advertises at ``GET /``, without a key


@dataclass(frozen=True)
class HostInfo:
    """Limits and kinds of a host. Limits that it does not advertise are Apache OpenWhisk's."""

    limits: SystemLimits
    runtimes: Runtimes

    @classmethod
    def from_json(cls, body: object) -> HostInfo:
        """Read the body of ``GET /`` (contract §1.1). Raises ValueError when it is malformed."""
        if not isinstance(body, Mapping) or "runtimes" not in body:
            raise ValueError("no runtimes")
        return cls(
            SystemLimits.from_info(body.get("limits") or {}), runtimes_from_info(body["runtimes"])
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(each.kind for family in self.runtimes.values() for each in family)

    def resolve(self, kind: str) -> str:
        """Return the kind that the host stores for ``kind``. Raises KindNotSupported."""
        return resolve_kind(kind, self.runtimes)
