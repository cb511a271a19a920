"""``Target`` (host, namespace and API key) and ``HostInfo`` (the limits and kinds of a host)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from jupyter_faas.errors import TargetNotConfigured
from jupyter_faas.whisk import SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import Runtimes, runtimes_from_info
from jupyter_faas.whisk.profiles import OPENWHISK, Profile, profile_of

TargetKind = Literal["playground", "openwhisk"]

PLAYGROUND = "playground"
WSKPROPS = "wskprops"


@dataclass(frozen=True)
class Target:
    """An OpenWhisk host with the credentials of a user.

    ``apihost`` is a URL with a scheme and without a path. ``auth`` is ``uuid:key`` and is not shown
    in the ``repr``. The namespace ``_`` stands for the default namespace of the API key. ``ca`` is
    a PEM file to trust instead of the system's certificate authorities, and ``insecure`` accepts
    any certificate. ``profile`` is the name of a profile in :mod:`jupyter_faas.whisk.profiles`.
    ``extra_logging`` asks Adobe I/O Runtime for the records that it does not keep otherwise.
    ``key_hint`` tells where the API key is stored and how the user gets a valid one.
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
    extra_logging: bool = False
    key_hint: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        # Attributes of a frozen dataclass can be set only in this way.
        object.__setattr__(self, "apihost", api_url(self.apihost))

    @property
    def is_local(self) -> bool:
        """Whether the host is the loopback interface of this machine."""
        host = urlsplit(self.apihost).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def must_prove_key(self) -> bool:
        """Whether the host must prove that it knows the API key before it gets it."""
        return self.kind == PLAYGROUND and self.apihost.startswith("http:")

    @property
    def sends_key_in_clear(self) -> bool:
        """Whether others on the network can read the API key, because the host speaks http."""
        return self.apihost.startswith("http:") and not self.is_local


def api_url(apihost: str) -> str:
    """Return an API host as a URL without a path. The default scheme is https.

    >>> api_url("openwhisk.lab.example")
    'https://openwhisk.lab.example'
    >>> api_url("http://127.0.0.1:3233/api/v1/")
    'http://127.0.0.1:3233'

    Raises TargetNotConfigured if ``apihost`` is not an http or https URL, or if it contains a user
    name or password.
    """
    text = apihost.strip()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"https://{text}"
    # Some wskprops files contain the path of the API, which is removed because clients add it.
    text = re.sub(r"(/api(/v1)?)?/*$", "", text)
    # The messages below do not repeat ``apihost``, because it may be an API key in the wrong place.
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # Raises ValueError if the port is not a valid number.
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", text):
        raise TargetNotConfigured(
            "The API host is not an http or https address.",
            hint="Use an address of this form: https://openwhisk.example.com",
        )
    if parts.username is not None or parts.password is not None:
        raise TargetNotConfigured(
            "The API host contains a user name or password.",
            hint="Use an address without them, such as https://openwhisk.example.com, and set the "
            "key separately.",
        )
    return text


def wskprops_path(environ: Mapping[str, str], home: Path) -> Path:
    """Return the path of the file that ``wsk`` reads: ``$WSK_CONFIG_FILE`` or ``~/.wskprops``."""
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
    extra_logging: bool = False,
) -> Target:
    """Return the target that a wskprops file describes.

    The file must contain ``APIHOST`` and ``AUTH``. It may contain ``NAMESPACE``, which the
    parameter ``namespace`` overrides. Other properties are ignored. ``label`` defaults to the host.

    Raises TargetNotConfigured if the file cannot be read, if ``APIHOST`` or ``AUTH`` is missing, or
    if ``APIHOST`` is invalid.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as exc:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: there is no file {path}.",
            hint=f"Create it with: {_writes_to(path, profile_of(profile).renew)}",
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not a text file"
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} cannot be read ({reason}).",
            hint="Check that it is a text file and that you can read it.",
        ) from exc
    properties = parse_properties(text)
    for key in ("APIHOST", "AUTH"):
        if not properties.get(key):
            option = {"APIHOST": "--apihost HOST", "AUTH": "--auth KEY"}[key]
            raise TargetNotConfigured(
                f"Target {name!r} is not configured: {path} has no {key}.",
                hint=f"Set it with: {_writes_to(path, f'wsk property set {option}')}",
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
        extra_logging=extra_logging,
        key_hint=_wskprops_hint(path, profile),
    )


def _wskprops_hint(path: Path, profile: str) -> str:
    renew = _writes_to(path, profile_of(profile).renew)
    return f"The key is stored as AUTH in {path}. Replace it with a valid key: {renew}"


def _writes_to(path: Path, command: str) -> str:
    """Return a command of a host's tool that writes to the wskprops file ``path``."""
    # These tools write to ~/.wskprops unless this variable names another file.
    if path != Path.home() / ".wskprops" and command.startswith(("wsk ", "ops ")):
        return f"WSK_CONFIG_FILE={shlex.quote(str(path))} {command}"
    return command


def playground_target(data_dir: Path) -> Target:
    """Return the playground in ``data_dir`` as a target, whether it is running or not.

    The target trusts ``ca.pem``, which ``jupyter faas playground start --tls`` writes next to
    ``wskprops``. Raises TargetNotConfigured if the playground has never been started.
    """
    path = data_dir / "playground" / "wskprops"
    if not path.exists():
        raise TargetNotConfigured(
            "The local playground has never been started.",
            hint="Start it with: %faas playground start",
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
    """Return ``path`` after checking that the file is a PEM file with a certificate.

    Raises TargetNotConfigured, which mentions the target ``name``, if the check fails. Without this
    check, the error would not appear until the first request.
    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: its CA file {path} cannot be read "
            f"({exc.strerror}).",
            hint="Check the path and the permissions of this file. It must be the PEM file of the "
            "authority that signed the host's certificate.",
        ) from exc
    if not re.search(rb"^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----", text, re.MULTILINE):
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: its CA file {path} does not contain a "
            "certificate.",
            hint="Use a PEM file, which begins with -----BEGIN CERTIFICATE-----.",
        )
    return path


def parse_properties(text: str) -> dict[str, str]:
    """Parse ``KEY=value`` lines into a dictionary with upper-case keys.

    Lines that begin with ``#`` are comments. Quotation marks around a value are removed.
    """
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


# -- The response to ``GET /`` or another of INFO_PATHS, which does not need an API key


@dataclass(frozen=True)
class HostInfo:
    """The limits and kinds of a host.

    If a host does not advertise a limit, the limit that its profile documents is used, or Apache
    OpenWhisk's default. ``told`` is false if the host does not list its kinds, so that the
    documented kinds are used.
    """

    limits: SystemLimits
    runtimes: Runtimes
    told: bool = True

    @classmethod
    def from_json(cls, body: object, profile: Profile | None = None) -> HostInfo:
        """Parse the body of ``GET /`` (contract §1.1). Raises ValueError if it has no runtimes."""
        if not isinstance(body, Mapping) or "runtimes" not in body:
            raise ValueError("no runtimes")
        limits = body.get("limits")
        told = SystemLimits.from_info(limits) if limits else None
        return cls(
            (profile or profile_of(OPENWHISK)).limits(told), runtimes_from_info(body["runtimes"])
        )

    @classmethod
    def documented(cls, profile: Profile) -> HostInfo:
        """Return the limits and kinds that are documented for a type of host."""
        return cls(profile.limits(None), profile.runtimes, told=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(each.kind for family in self.runtimes.values() for each in family)

    @property
    def pythons(self) -> tuple[str, ...]:
        """The Python versions of the host, such as ``("3.10", "3.11")``, oldest first."""
        found = {each.python for each in self.runtimes.get("python", ())} - {""}
        return tuple(sorted(found, key=lambda version: int(version.partition(".")[2])))

    def resolve(self, kind: str) -> str:
        """Return the kind that the host stores for ``kind``, which may be an alias.

        Raises KindNotSupported if the host does not support it.
        """
        return resolve_kind(kind, self.runtimes)
