"""The API gateway: maps routes of a namespace's APIs to its web actions.

An API is a Swagger 2.0 document in the form of OpenWhisk's ``routemgmt``, one for each base path of
a namespace. The document contains both what clients show and the target of each route. Client keys,
OAuth and rate limits are not supported. A document that requires them is refused, because serving
it without them would be unsafe.

This package knows nothing of HTTP or actions: it only finds the URL path that a request goes to.
"""

from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.gateway.management import CALLS, call_name, make_gateway

__all__ = ["CALLS", "Gateway", "call_name", "make_gateway"]
