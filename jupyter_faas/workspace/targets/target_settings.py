"""TargetSettings: a user-defined target, with its host, options and the location of its API key."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, TargetNotConfigured
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting, read_setting

if TYPE_CHECKING:
    from jupyter_faas.client import Target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SWITCHES = ("insecure", "extra_logging")
_KEY = re.compile(r"[^\s:]+:[^\s:]+")


@dataclass(frozen=True)
class TargetSettings:
    """The settings of one target in settings.json, which never contain an API key.

    The API key is read from one of four places.
    ``wskprops``: a file with the host and the API key.
    ``auth_file``: for an ``apihost``, a file with only the API key that only its owner can read.
    ``auth_variable``: for an ``apihost``, the name of an environment variable.
    ``doctl``: for an ``apihost`` and a ``namespace``, the file of credentials that doctl writes.

    ``model_store``: an fsspec URL where large models are stored.
    ``model_store_url``: the base URL from which actions read these models.
    ``profile``: the kind of host, if it differs from Apache OpenWhisk.
    ``extra_logging``: whether Adobe I/O Runtime is asked to record every run.

    Paths are absolute. An empty string means that the option is not set.
    """

    name: str
    wskprops: str = ""
    apihost: str = ""
    auth_file: str = ""
    auth_variable: str = ""
    doctl: str = ""
    namespace: str = ""
    ca: str = ""
    model_store: str = ""
    model_store_url: str = ""
    insecure: bool = False
    profile: str = ""
    extra_logging: bool = False

    def __post_init__(self) -> None:
        places = {
            "--auth-file": self.auth_file,
            "--auth-env": self.auth_variable,
            "--doctl": self.doctl,
        }
        keys = [option for option, value in places.items() if value]
        if self.wskprops and (self.apihost or keys):
            left_out = " and ".join(["--apihost"] * bool(self.apihost) + keys)
            raise InputError(
                f"Target {self.name!r} already has its host and its key in the wskprops file.",
                hint=f"Leave {left_out} out.",
            )
        if not self.wskprops and not self.apihost:
            raise InputError(
                f"Target {self.name!r} needs either a wskprops file or an API host.",
                hint="Name the file that wsk writes: --wskprops FILE\nOr the host and a file with "
                "its key: --apihost HOST --auth-file FILE",
            )
        if self.apihost and not keys:
            raise InputError(
                f"Target {self.name!r} needs a source for its key.",
                hint="Name a file that contains only the key: --auth-file FILE\nOr an environment "
                "variable: --auth-env NAME",
            )
        if len(keys) > 1:
            raise InputError(
                f"Target {self.name!r} needs exactly one source for its key.",
                hint=f"Leave {' and '.join(keys[1:])} out.",
            )
        if self.doctl and not self.namespace:
            raise InputError(
                f"Target {self.name!r} needs a namespace, because doctl stores one key for each "
                "namespace.",
                hint="Add the namespace: --namespace fn-…",
            )
        # This call raises InputError if the profile is unknown.
        profile_of(self.profile or OPENWHISK)
        if self.model_store_url and not self.model_store:
            raise InputError(
                f"Target {self.name!r} has an address for reading models (--model-store-url), but "
                "no model store.",
                hint="Add the URL to which models are written: --model-store URL",
            )
        if self.model_store:
            # This call raises InputError if a URL is invalid.
            read_setting(self.model_store, self.model_store_url)
        if self.ca and self.insecure:
            raise InputError(
                f"Target {self.name!r} cannot have both --insecure and --ca.",
                hint="Leave --insecure out to check the certificate, or --ca to skip the check.",
            )

    @classmethod
    def from_json(cls, name: str, entry: object) -> TargetSettings:
        """Parse the target's settings, which may have been edited by hand.

        Raises TargetNotConfigured if the settings are invalid.
        """
        # Postponed annotations turn the types of fields into strings, so the types are set here.
        known = {each.name: bool if each.name in _SWITCHES else str for each in fields(cls)}
        del known["name"]
        # Error messages omit the values, because a value may be a misplaced API key.
        if not isinstance(entry, dict):
            raise _invalid_entry(name, "it is not a JSON object")
        for key, value in entry.items():
            if key not in known:
                raise _invalid_entry(name, f"{key!r} is not a setting of a target")
            if not isinstance(value, known[key]):
                raise _invalid_entry(name, f"{key!r} has a value of the wrong type")
        try:
            return cls(name, **entry)
        except InputError as error:
            raise TargetNotConfigured(error.message, hint=error.hint) from error

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object for settings.json, without the name and unset options."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name != "name" and getattr(self, each.name)
        }

    def store(self) -> ModelStoreSetting | None:
        """Return the target's own model store, or None if it is not set."""
        return read_setting(self.model_store, self.model_store_url) if self.model_store else None

    def resolve(self, environ: Mapping[str, str]) -> Target:
        """Read the API key and the CA file, and return the target.

        Raises TargetNotConfigured if any of them is missing or invalid.
        """
        from jupyter_faas.client import Target, read_ca, read_wskprops

        ca = read_ca(Path(self.ca), self.name) if self.ca else None
        if self.wskprops:
            return read_wskprops(
                Path(self.wskprops),
                name=self.name,
                label=self.name,
                namespace=self.namespace,
                insecure=self.insecure,
                ca=ca,
                profile=self.profile or OPENWHISK,
                extra_logging=self.extra_logging,
            )
        return Target(
            name=self.name,
            label=self.name,
            kind="openwhisk",
            apihost=self.apihost,
            auth=self._auth(environ),
            key_hint=self._key_hint(),
            namespace=self.namespace or "_",
            insecure=self.insecure,
            ca=ca,
            profile=self.profile or OPENWHISK,
            extra_logging=self.extra_logging,
        )

    def _key_hint(self) -> str:
        if self.doctl:
            return f"Its key is in {self.doctl}. Create a valid one with: doctl serverless connect"
        if self.auth_variable:
            return (
                f"Its key is in the variable {self.auth_variable}. Set it to a valid key in the "
                "environment in which you start Jupyter or jupyter faas."
            )
        return f"Its key is in {self.auth_file}. Replace it with a valid key."

    def _auth(self, environ: Mapping[str, str]) -> str:
        if self.doctl:
            from jupyter_faas.client import read_key
            from jupyter_faas.client.target import api_url

            _check_private(Path(self.doctl), self.name)
            return read_key(Path(self.doctl), self.name, api_url(self.apihost), self.namespace)
        if self.auth_variable:
            where = f"the variable {self.auth_variable}"
            key = environ.get(self.auth_variable, "").strip()
            if not key:
                raise TargetNotConfigured(
                    f"Target {self.name!r} is not configured: {where} is not set.",
                    hint="Set it to the key (uuid:key) in the environment in which you start "
                    "Jupyter or jupyter faas.",
                )
        else:
            where = self.auth_file
            key = _read_key_file(Path(self.auth_file), self.name)
        if not is_key(key):
            raise TargetNotConfigured(
                f"Target {self.name!r} is not configured: {where} does not contain a key.",
                hint="It must contain only the key, in the form uuid:key.",
            )
        return key


def is_key(text: str) -> bool:
    """Return whether ``text`` looks like an API key (uuid:key)."""
    return _KEY.fullmatch(text) is not None


def check_target_name(name: str) -> str:
    """Return ``name`` unchanged. Raises InputError if it is not a valid target name."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is not a valid target name.",
            hint=f"For example: {_valid_name(name)}. A name can have up to 64 letters (A to Z, a "
            "to z), digits, dots, hyphens and underscores, and begins with a letter or digit.",
        )
    return name


def _valid_name(name: str) -> str:
    """Return a name like ``name`` that a target can have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "lab"


def _read_key_file(path: Path, name: str) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not a text file"
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: {path} cannot be read ({reason}).",
            hint="Write its key (uuid:key) to this file, and restrict the permissions: chmod 600 "
            f"{path}",
        ) from exc
    _check_private(path, name)
    return text


def _check_private(path: Path, name: str) -> None:
    """Like ssh, refuse a key file that other users can read. Raises TargetNotConfigured."""
    # Mode bits have no meaning on Windows. A file that does not exist is reported when it is read.
    if os.name != "nt" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise TargetNotConfigured(
            f"Target {name!r} is not configured: other users can read {path}.",
            hint=f"Restrict the permissions: chmod 600 {path}",
        )


def _invalid_entry(name: str, why: str) -> TargetNotConfigured:
    return TargetNotConfigured(
        f"Target {name!r} in settings.json is invalid: {why}.",
        hint=f"Remove it: %faas target remove {name}\nThen add it again: %faas target add {name} "
        "--wskprops FILE",
    )
