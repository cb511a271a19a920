"""Downloads a picture that a caller names, within bounds of size and time.

Lies in the package as ``faas_image_download.py``. Python 3.9 and up, standard library only. No
word of an error holds a header, a query or a password: those may be secrets of the caller.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    import urllib.parse
    from collections.abc import Mapping
    from typing import Any

MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5
# For a connection and for every piece of the answer; then for everything together.
WAIT_S = 10.0
TOTAL_S = 30.0

_PIECE = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)


class DownloadFailed(Exception):
    """Raised when nothing could be downloaded; the words go on from the parameter's name."""


def download(uri: str, headers: Mapping[str, str], *, public_only: bool = False) -> bytes:
    """What lies at an http(s) URL.

    ``headers`` go to the URL's own origin only, not to where it redirects. ``public_only``
    refuses addresses inside the network that the action runs in, for callers without a key.
    Raises DownloadFailed.
    """
    import http.client
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + TOTAL_S
    _check(uri)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked
        _quoted(uri), headers={"User-Agent": "jupyter-faas", **headers}
    )
    try:
        with _opener(public_only).open(request, timeout=WAIT_S) as answer:
            return _body(answer, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        _check(error.url or uri)
        said = f"{error.code} {http.client.responses.get(error.code, '')}".rstrip()
        if error.code in _REDIRECTS:
            said = f"{said}, too often or without a place"
        where = place(error.url or uri)
        raise DownloadFailed(f"cannot be downloaded: {where} answered {said}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadFailed(f"cannot be downloaded from {place(uri)}: {_why(error)}") from None


def place(uri: str) -> str:
    """A URL as it may be shown: without user, password, query and fragment."""
    parts = _split(uri)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"[:200]


def _split(uri: str) -> urllib.parse.SplitResult:
    import urllib.parse

    try:
        parts = urllib.parse.urlsplit(uri)
        parts.port  # noqa: B018 - it raises for a port that is none
    except ValueError:
        raise DownloadFailed("is no proper URL") from None
    return parts


def _check(uri: str) -> None:
    parts = _split(uri)
    if parts.scheme not in ("http", "https"):
        raise DownloadFailed(f"leads to a {parts.scheme}: URL, and only http and https are read")
    if not parts.hostname:
        raise DownloadFailed("is a URL without a host")
    if parts.username is not None:
        raise DownloadFailed("has a user in its URL: send credentials as headers, {uri, headers}")


def _quoted(uri: str) -> str:
    """Blanks and letters beyond ASCII as they go over the wire; what is quoted stays."""
    import urllib.parse

    parts = urllib.parse.urlsplit(uri)
    safe = "/%:=&?~+!$,;'@()*[]"
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    path, query = (urllib.parse.quote(text, safe=safe) for text in (parts.path, parts.query))
    return urllib.parse.urlunsplit((parts.scheme, host, path, query, ""))


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = _split(uri)
    return (parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme])


def _opener(public_only: bool) -> Any:
    """http and https alone: urllib's own opener would read files and ftp as well."""
    import http.client
    import ssl
    import urllib.request

    class Redirects(urllib.request.HTTPRedirectHandler):
        max_redirections = MAX_REDIRECTS

        def redirect_request(
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Any:
            _check(newurl)
            following = super().redirect_request(req, fp, code, msg, headers, _quoted(newurl))
            if following is not None and _origin(newurl) != _origin(req.full_url):
                following.headers = {"User-agent": "jupyter-faas"}
            return following

        http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302

    class Public(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _check_public(self.sock.getpeername()[0])

    class PublicTls(http.client.HTTPSConnection, Public):
        """Looks at the address before anything is said, the greeting of TLS included."""

    class Plain(urllib.request.HTTPHandler):
        def http_open(self, req: Any) -> Any:
            return self.do_open(Public if public_only else http.client.HTTPConnection, req)

    class Tls(urllib.request.HTTPSHandler):
        def https_open(self, req: Any) -> Any:
            kind = PublicTls if public_only else http.client.HTTPSConnection
            return self.do_open(kind, req, context=ssl.create_default_context())

    opener = urllib.request.OpenerDirector()
    for handler in (
        # A proxy would be the address that is looked at.
        urllib.request.ProxyHandler({} if public_only else None),
        Plain(),
        Tls(),
        urllib.request.HTTPDefaultErrorHandler(),
        Redirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _check_public(address: str) -> None:
    import ipaddress

    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise DownloadFailed(
            "leads to an address inside the network that the action runs in, "
            "which a web function does not read from"
        )


def _body(answer: Any, deadline: float) -> bytes:
    if answer.status != 200:
        raise DownloadFailed(f"cannot be downloaded: {place(answer.url)} answered {answer.status}")
    if int(answer.headers.get("Content-Length") or 0) > MAX_BYTES:
        raise _too_large()
    pieces, size = [], 0
    # One piece of the network at a time: a server that drips would hold a longer read for ever.
    while piece := answer.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise _too_large()
        if time.monotonic() > deadline:
            raise DownloadFailed(
                f"cannot be downloaded: {place(answer.url)} took more than {TOTAL_S:g} s"
            )
    return b"".join(pieces)


def _too_large() -> DownloadFailed:
    return DownloadFailed(f"is larger than {MAX_BYTES // 1_000_000} MB")


def _why(error: Exception) -> str:
    import ssl

    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, TimeoutError):
        return f"no answer within {WAIT_S:g} s"
    if isinstance(reason, OSError):
        # Not the whole text: it may name files of the machine.
        return reason.strerror or type(reason).__name__
    return type(reason).__name__
