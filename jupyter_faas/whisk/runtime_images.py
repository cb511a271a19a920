"""What the images of Python kinds contain, for the hosts whose images are published.

Sources: the requirements files of apache/openwhisk-runtime-python (tag 1.20.0) and of
apache/openserverless-runtimes (June 2026), and DigitalOcean's documentation of November 2026, which
lists no packages. A version in these tables may differ from the version in an older image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jupyter_faas.whisk.kinds import Runtime

Versions = Mapping[str, str]

# The images with scikit-learn have these too, in versions that are not published.
UNPINNED = ("scipy", "threadpoolctl")


@dataclass(frozen=True)
class RuntimeImage:
    """What the image of a Python kind contains.

    ``python``: the Python version, such as ``3.12``.
    ``distributions``: canonical names of distributions and their versions. Distributions that come
    only as dependencies of these are left out, because their versions are not pinned.
    ``installs``: whether the runtime installs the package's requirements.txt at each cold start.
    ``documented``: whether ``distributions`` is published. If not, the image may contain more.
    ``user``: the user that the image's last ``USER`` instruction names, or an empty string for
    root. Such a user has no home directory when an action runs.
    """

    python: str
    distributions: Versions = field(default_factory=lambda: MappingProxyType({}))
    installs: bool = False
    documented: bool = True
    user: str = ""


_APACHE_COMMON: Versions = {
    "beautifulsoup4": "4.10.0",
    "httplib2": "0.19.1",
    "kafka-python": "2.0.2",
    "lxml": "4.6.3",
    "netifaces": "0.11.0",
    "python-dateutil": "2.8.2",
    "requests": "2.26.0",
    "scrapy": "2.5.0",
    "simplejson": "3.17.5",
    "twisted": "21.7.0",
    "virtualenv": "20.26.3",
}
# 3.7 is the only Python kind of OpenWhisk's Helm chart. Its image is of 2021.
_APACHE: Mapping[str, Versions] = MappingProxyType(
    {
        "3.9": _APACHE_COMMON,
        "3.10": _APACHE_COMMON,
        "3.11": {
            **_APACHE_COMMON,
            "beautifulsoup4": "4.11.2",
            "httplib2": "0.21.0",
            "lxml": "4.9.2",
            "requests": "2.31.0",
            "scrapy": "2.11.2",
            "simplejson": "3.18.3",
            "twisted": "24.7.0",
            "virtualenv": "20.19.0",
        },
        "3.12": {
            **_APACHE_COMMON,
            "beautifulsoup4": "4.12.3",
            "httplib2": "0.22.0",
            "lxml": "5.1.0",
            "requests": "2.31.0",
            "scrapy": "2.11.0",
            "simplejson": "3.19.2",
            "twisted": "23.10.0",
            "virtualenv": "20.25.0",
        },
    }
)

_OPENSERVERLESS_COMMON: Versions = {
    "auth0-python": "4.6.0",
    "bcrypt": "4.2.1",
    "beautifulsoup4": "4.10.0",
    "feedparser": "6.0.11",
    "httplib2": "0.19.1",
    "joblib": "1.4.2",
    "kafka-python": "2.0.2",
    "langdetect": "1.0.9",
    "lightgbm": "4.5.0",
    "minio": "7.1.16",
    "netifaces": "0.11.0",
    "nltk": "3.8.1",
    "numpy": "1.26.4",
    "psycopg": "3.1.10",
    "pymongo": "4.4.1",
    "python-dateutil": "2.8.2",
    "scikit-learn": "1.5.2",
    "scrapy": "2.5.0",
    "simplejson": "3.17.5",
    "twisted": "21.7.0",
}
_OPENSERVERLESS_OLD: Versions = {
    **_OPENSERVERLESS_COMMON,
    "boto3": "1.28.25",
    "farm-haystack": "1.23.0",
    "langchain": "0.1.0",
    "ollama": "0.1.9",
    "openai": "1.7.1",
    "pyyaml": "6.0",
    "redis": "4.4.2",
    "requests": "2.31.0",
}
_OPENSERVERLESS_NEW: Versions = {
    **_OPENSERVERLESS_COMMON,
    "boto3": "1.35.98",
    "langchain": "0.3.14",
    "langchain-anthropic": "0.3.1",
    "langchain-milvus": "0.1.7",
    "langchain-ollama": "0.2.2",
    "langchain-openai": "0.2.14",
    "langchain-postgres": "0.0.12",
    "langchain-together": "0.2.0",
    "ollama": "0.4.5",
    "openai": "1.59.3",
    "pillow": "11.1.0",
    "plotly": "5.19.0",
    "pymilvus": "2.5.3",
    "pyyaml": "6.0.2",
    "redis": "5.2.1",
    "requests": "2.32.2",
}
_OPENSERVERLESS: Mapping[str, Versions] = MappingProxyType(
    {
        "3.10": {**_OPENSERVERLESS_OLD, "twisted": "24.3.0"},
        "3.11": {**_OPENSERVERLESS_OLD, "plotly": "5.19.0"},
        "3.12": _OPENSERVERLESS_NEW,
        "3.13": {
            **_OPENSERVERLESS_NEW,
            "beautifulsoup4": "4.13.4",
            "chess": "1.11.1",
            "chevron": "0.14.0",
            "fastapi": "0.115.12",
            "mcp": "1.6.0",
            "scrapy": "2.13.3",
            "starlette": "0.46.2",
            "uvicorn": "0.34.2",
        },
    }
)

# An image name may begin with a registry. Images under other names may be anybody's.
_APACHE_NAME = re.compile(
    r"(?:docker\.io/)?(?:openwhisk/)?action-python-v(3\.\d+)\b"
    r"|(?:docker\.io/)?apache/openwhisk-runtime-python\S*?v?(3\.\d+)\b"
)
_OPENSERVERLESS_NAME = re.compile(r"(?:\S+/)?openserverless-runtime-python:v(3\.\d+)\b")

DIGITALOCEAN = "digitalocean"
OPENSERVERLESS = "openserverless"


def runtime_image(kind: str, image: str, profile: str = "") -> RuntimeImage | None:
    """Return what the image of a kind contains, or None if nothing is published about it.

    ``kind`` is a resolved kind such as ``python:3.12``. ``image`` is its image as the host
    advertises it, or an empty string. ``profile`` is the host's profile, which is used if the host
    does not advertise an image.
    """
    if found := _OPENSERVERLESS_NAME.match(image):
        return _openserverless(found[1])
    if found := _APACHE_NAME.match(image):
        version = found[1] or found[2]
        # The tables have no entry for old images. They are marked as undocumented.
        listed = version in _APACHE
        return RuntimeImage(version, _APACHE.get(version, {}), installs=True, documented=listed)
    version = Runtime(kind.lower(), "").python
    if profile == DIGITALOCEAN and version:
        # ``requests`` is the only library that DigitalOcean's samples rely on.
        return RuntimeImage(version, documented=False)
    if profile == OPENSERVERLESS and not image:
        return _openserverless(version or "3.12" if kind.startswith("python:3") else "")
    return None


def _openserverless(version: str) -> RuntimeImage | None:
    if version not in _OPENSERVERLESS:
        return None
    return RuntimeImage(version, _OPENSERVERLESS[version], user="nobody")
