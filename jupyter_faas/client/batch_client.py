"""``BatchClient``: calls of one action in an event loop, for thousands of calls at a time."""

from __future__ import annotations

from jupyter_faas.client.client import Client
from jupyter_faas.client.direct_transport import AsyncSender, transport_for_batches
from jupyter_faas.whisk import Activation


class BatchClient:
    """The requests of ``Client.invoke`` and ``Client.get_activation``, each sent once.

    Use it only in one event loop. ``client`` describes the target, and sends nothing.
    """

    def __init__(self, client: Client, name: str, transport: AsyncSender | None = None) -> None:
        """Create a client for the action ``name``. Call this in the event loop."""
        self._client = client
        self._name = name
        self._transport = transport or transport_for_batches(client.target)
        # All calls send the same request, with another body.
        self._request = client.invocation_request(name)

    def close(self) -> None:
        """Close the connections that no request uses."""
        self._transport.close()

    async def invoke(self, params: bytes) -> Activation | str:
        """Invoke the action with a JSON object, and return its record or only its activation id.

        See ``Client.invoke`` for what is returned and raised.
        """
        with self._client.invocation_span(self._name) as span:
            reply = await self._transport.send(body=params, **self._request)
            return self._client.read_invocation(self._name, reply, span)

    async def get_activation(self, activation_id: str) -> Activation:
        """Return the record of an activation. Raises ActivationNotFound if there is none yet."""
        reply = await self._transport.send(**self._client.activation_request(activation_id))
        return self._client.read_activation(activation_id, reply)
