"""An agent of Pydantic AI with the server of a client's configuration: ``mcp_agent.py CONFIG``.

Its model is the framework's own for tests: it calls each tool once, with arguments that it makes
from the tool's schema, because no language model can be reached here.
"""

import asyncio
import json
import sys
from pathlib import Path

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ToolReturnPart
from pydantic_ai.models.test import TestModel


async def main(config: str) -> None:
    server = json.loads(config)["mcpServers"]["functions"]
    transport = StdioTransport(server["command"], server["args"], env=server["env"])
    # The framework waits 5 s by default, and a machine that is busy with other tests needs more.
    tools = MCPToolset(transport, init_timeout=120)
    agent = Agent(TestModel(), toolsets=[tools])
    async with agent:
        run = await agent.run("How many lamps are there?")
    parts = [part for message in run.all_messages() for part in message.parts]
    returned = {part.tool_name: part.content for part in parts if isinstance(part, ToolReturnPart)}
    print(json.dumps(returned))


asyncio.run(main(Path(sys.argv[1]).read_text()))
