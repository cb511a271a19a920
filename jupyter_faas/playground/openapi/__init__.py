"""The OpenAPI document of the playground (``/api/v1/api-docs``), built from tables.

A test checks that the document describes exactly the routes that the playground serves. This
package does not depend on the request handlers.
"""

from jupyter_faas.playground.openapi.document import document
from jupyter_faas.playground.openapi.operations import OPERATIONS, Operation

__all__ = ["OPERATIONS", "Operation", "document"]
