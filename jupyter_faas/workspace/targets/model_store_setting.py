"""ModelStoreSetting: the model store of a target, and the size above which models are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from jupyter_faas.errors import InputError

STORE_VARIABLE = "JUPYTER_FAAS_MODEL_STORE"
PUBLIC_VARIABLE = "JUPYTER_FAAS_MODEL_STORE_URL"
THRESHOLD_VARIABLE = "JUPYTER_FAAS_MODEL_THRESHOLD"

MB = 1024 * 1024
_THRESHOLD_MB = 20.0


@dataclass(frozen=True)
class ModelStoreSetting:
    """A store for large models, from which actions download them.

    ``url``: an fsspec URL, or an empty string for the playground's built-in store.
    ``public``: the base URL from which actions read the files. If it is empty, actions get signed
    URLs.
    """

    url: str = ""
    public: str = ""

    @property
    def words(self) -> str:
        """Name of the store, as shown on a card."""
        return f"model store {self.url}" if self.url else "model store of the playground"


def read_setting(url: str, public: str) -> ModelStoreSetting:
    """Validate the URLs of a store and return its setting.

    Raises InputError if a URL is invalid. The message never contains the URL, because a URL may
    contain credentials.
    """
    parts = urlsplit(url)
    # A scheme of one letter is a Windows drive, as in C:\models.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", parts.scheme) or len(parts.scheme) < 2:
        raise InputError(
            "The model store must be a URL.",
            hint="For example: s3://bucket/models, gs://bucket/models or file:///srv/models",
        )
    if parts.scheme in ("http", "https"):
        raise InputError(
            "Models cannot be written to a store over HTTP.",
            hint="For example: s3://bucket/models or file:///srv/models. To set the HTTPS address "
            f"from which actions read the models, use --model-store-url URL or {PUBLIC_VARIABLE}.",
        )
    if parts.scheme == "file" and not parts.path.startswith("/"):
        raise InputError(
            "The folder of a model store must be an absolute path, such as file:///srv/models."
        )
    # The URL is shown on cards and in messages, so it must not contain credentials.
    if parts.username is not None or parts.password is not None or parts.query:
        raise InputError(
            "The URL of the model store contains a user name, a password or a query.",
            hint="Write the URL without them, such as s3://bucket/models. Store keys where the "
            "store's library looks for them (for s3: ~/.aws/credentials or AWS_PROFILE).",
        )
    read = urlsplit(public)
    if public and (read.scheme not in ("http", "https") or not read.hostname or read.query):
        raise InputError(
            "The address from which actions read models must be an HTTP or HTTPS URL without "
            "a query.",
            hint="For example: https://models.example.com/faas",
        )
    if read.username is not None or read.password is not None:
        raise InputError(
            "The address from which actions read models contains a user name or password."
        )
    return ModelStoreSetting(url.rstrip("/"), public.rstrip("/"))


def setting_of(environ: Mapping[str, str]) -> ModelStoreSetting | None:
    """Return the store that environment variables define, or None.

    Raises InputError if a URL is invalid.
    """
    url = environ.get(STORE_VARIABLE, "").strip()
    return read_setting(url, environ.get(PUBLIC_VARIABLE, "").strip()) if url else None


def model_store_hint(target: str) -> str:
    """Return how to give the target of this name a place for models that exceed the threshold."""
    return (
        f"Set a store that its functions can read (%env {STORE_VARIABLE}=s3://bucket/models), and "
        "run the cell again. If the model fits into a package for this target, run %faas target "
        f"use {target}, and run the cell again."
    )


def threshold_bytes(environ: Mapping[str, str]) -> int:
    """Return the size in bytes above which a model is stored outside its package.

    ``JUPYTER_FAAS_MODEL_THRESHOLD`` sets the size in MB. The default is 20. Raises InputError if
    the variable is not a valid size.
    """
    text = environ.get(THRESHOLD_VARIABLE, "").strip()
    try:
        number = float(text or _THRESHOLD_MB)
    except ValueError:
        # Use a number that is out of range, so that the check below raises the error.
        number = -1.0
    if not 0 <= number < 1e6:
        raise InputError(
            f"{THRESHOLD_VARIABLE} is not a number of MB.",
            hint="Set it to the size in MB above which models are stored in the model store, such "
            f"as {_THRESHOLD_MB:g}.",
        )
    return int(number * MB)


def no_secrets(words: str) -> str:
    """Return a library's message after removing credentials and query strings from its URLs.

    The result is one line of at most 300 characters.
    """
    shown = re.sub(r"([a-z][a-z0-9+.-]*://)[^\s/@]*@", r"\1", words, flags=re.IGNORECASE)
    shown = re.sub(r"\?[^\s'\"]+", "?…", shown)
    return " ".join(shown.split())[:300]
