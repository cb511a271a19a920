"""The API gateway, which maps the routes of a namespace's APIs to web actions.

An API is a Swagger 2.0 document in the format of OpenWhisk's ``routemgmt``. A namespace has one
document for each base path. The document contains the description that clients show, and the target
of each route. Client keys, OAuth and rate limits are not supported. A document that requires them
is refused, because it would be unsafe to serve the API without them.

This package does not depend on HTTP or actions. It only finds the URL path of a request's target.
"""

from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.gateway.management import CALLS, call_name, make_gateway

__all__ = ["CALLS", "Gateway", "call_name", "make_gateway"]
