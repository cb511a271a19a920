"""Errors with which the playground rejects requests: malformed, too large, too many, not allowed.

``http/errors.py`` maps these errors to status codes. Their messages are those of OpenWhisk, because
clients compare them.
"""

from __future__ import annotations

from jupyter_faas.errors import InputError, NotAuthorized, TargetRefused

OTHER_COLLECTION = "Resource by this name exists but is not in this collection."
ON_BINDING = "Operation not permitted on package binding."
CHANGED_MEANWHILE = "Concurrent modification to resource detected."

EMPTY_SEQUENCE = "No component specified for the sequence."
NO_COMPONENT = "Sequence component does not exist."
TOO_MANY_IN_SEQUENCE = "Too many actions in the sequence."
CYCLIC_SEQUENCE = "Sequence may not refer to itself."


class IllegalForm(InputError):
    """Raised for a urlencoded body that cannot be parsed."""


class Malformed(InputError):
    """Raised when the body of a request is malformed."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"The request content was malformed:\n{detail}")


class MalformedQuery(InputError):
    """Raised when a query parameter has an invalid value."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"The query parameter '{name}' was malformed:\n{detail}")


class IllegalPath(InputError):
    """Raised when a segment of the path is not what it must be, such as an activation id."""


class TooLarge(InputError):
    """Raised when a field of a request exceeds its limit. Sizes are in bytes."""

    def __init__(self, field: str, size: int, allowed: int) -> None:
        super().__init__(f"{field} larger than allowed: {size} > {allowed} bytes.")


class NotJson(InputError):
    """Raised when the content type of a request's body is not JSON.

    ``content_type`` is the value of the header, or "" if it is missing or cannot be parsed.
    """

    def __init__(self, content_type: str) -> None:
        shown = content_type or "application/octet-stream"
        super().__init__(
            f"The request's Content-Type [{shown}] is not supported. Expected:\napplication/json"
        )


class TooManyRequests(TargetRefused):
    """Raised when a namespace invokes or fires more than its rate limits allow."""


class Unauthenticated(NotAuthorized):
    """Raised when a request does not have an API key, or has an unknown API key."""


class OtherSite(NotAuthorized):
    """Raised for a call by a page of another site, to a web action that is not open to them."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The playground does not allow pages on other websites to call {name}. To allow it, "
            "deploy the function with --web open."
        )


class NotEntitled(NotAuthorized):
    """Raised when the API key does not permit access to a resource.

    ``resource`` is a collection such as ``guest/actions``, or an entity such as ``other/iris``.
    """

    def __init__(self, resource: str) -> None:
        super().__init__(f"The supplied authentication is not authorized to access '{resource}'.")


# The error of a run that was still waiting for a worker when the playground stopped.
NOT_CALLED = "The playground was stopped before it called the function."
