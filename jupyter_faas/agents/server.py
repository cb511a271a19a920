"""``build_server``: an MCP server whose tools are deployed actions.

- ``tools/list`` has one tool per action, with its docstring, the JSON schema of its parameters and,
  if it is declared, that of its result. The tools are those of the start of the server.
- ``tools/call`` checks the arguments as the action does, runs the action on the target and returns
  its result (``content.py``). A rejected argument, a failed run and a used-up budget are errors of
  the tool, in our own words. ``_meta`` has the activation, the duration and the cost. While a run
  goes on, progress is reported every second. If the client cancels, the run is ended where the
  target can do that.
- ``resources/read`` returns the whole result of a run of this server whose text was cut.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from jupyter_faas.agents.budget import Budget
from jupyter_faas.agents.content import activation_of, content_of
from jupyter_faas.errors import FaasError
from jupyter_faas.version import __version__
from jupyter_faas.workspace.naming import did_you_mean
from jupyter_faas.workspace.script import run_failed

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from jupyter_faas.workspace.handover.tools import ToolAction
    from jupyter_faas.workspace.results import ActivationRecord
    from jupyter_faas.workspace.workspace import Workspace

_META = "jupyter-faas"
# The longest name that all common clients accept.
_NAME_LENGTH = 64
_PROGRESS_S = 1.0
# Calls at a time. Each waits in a thread.
_MOST_CALLS = 64
# Beyond its timeout, a run may wait for a start. The steps of a composition have timeouts of their
# own.
_MARGIN_S, _SESSION_S = 120.0, 3600.0
# How many cut results can be read.
_KEPT_RESULTS = 100
_MILLION = Decimal(1_000_000)


def build_server(workspace: Workspace, tools: Sequence[ToolAction], budget: Budget) -> Server[Any]:
    """Return a server of ``tools``, all of which are on the workspace's target."""
    handlers = _Handlers(workspace, tools, budget)
    return Server(
        "jupyter_faas",
        version=__version__,
        title=f"Functions on {workspace.target_name}",
        instructions="Each tool runs a function that the user deployed from a notebook. The cost "
        "of each run is in the _meta field of its result.",
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_read_resource=handlers.read_resource,
    )


def tool_names(names: Sequence[str]) -> dict[str, str]:
    """Return the actions by the names of their tools, which clients accept.

    ``models/iris`` becomes ``models_iris``. Names that would be equal get a number.
    """
    found: dict[str, str] = {}
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_NAME_LENGTH]
        tool, number = base, 2
        while tool in found:
            tool = f"{base[: _NAME_LENGTH - 3]}_{number}"
            number += 1
        found[tool] = name
    return found


class _Handlers:
    def __init__(self, workspace: Workspace, tools: Sequence[ToolAction], budget: Budget) -> None:
        self._workspace = workspace
        self._budget = budget
        by_action = {each.name: each for each in tools}
        names = tool_names(list(by_action))
        self._tools = {tool: by_action[name] for tool, name in names.items()}
        self._results: dict[str, str] = {}
        self._limiter = anyio.CapacityLimiter(_MOST_CALLS)

    async def list_tools(
        self, ctx: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool,
                    description=each.description,
                    input_schema=dict(each.input_schema),
                    output_schema=None if each.output_schema is None else dict(each.output_schema),
                )
                for tool, each in self._tools.items()
            ]
        )

    async def call_tool(
        self, ctx: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            near = did_you_mean([params.name], self._tools)
            words = (
                f"Unknown tool {params.name!r}. {near}Available tools: {', '.join(self._tools)}."
            )
            raise MCPError(types.INVALID_PARAMS, words)
        most = self._most_usd(tool)
        try:
            ready = await self._in_thread(partial(self._parameters, tool, params.arguments or {}))
            self._budget.reserve(most)
        except FaasError as error:
            return _error(error)
        cost: Decimal | None = None
        try:
            record = await self._run(ctx, tool, ready)
            cost = _per_run(record.cost_per_million)
            if cost is None and tool.session and self._budget.limit_usd is not None:
                # This takes a request for each step, which only a budget is worth.
                cost = await self._in_thread(partial(self._session_cost, record.id))
        except FaasError as error:
            return _error(error)
        finally:
            self._budget.settle(most, cost)
        return self._answer(tool, record, cost)

    async def list_resources(
        self, ctx: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        # Results are linked where they are cut, and a list of them would not help anyone.
        return types.ListResourcesResult(resources=[])

    async def read_resource(
        self, ctx: ServerRequestContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        text = self._results.get(activation_of(uri) or "")
        if text is None:
            words = (
                f"Unknown result {uri}. Only the latest {_KEPT_RESULTS} long results of this "
                "server are kept."
            )
            raise MCPError(types.INVALID_PARAMS, words)
        found = types.TextResourceContents(uri=uri, mime_type="application/json", text=text)
        return types.ReadResourceResult(contents=[found])

    def _parameters(self, tool: ToolAction, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked parameters. Raises ParametersRejected, which says what does not fit."""
        tool.check_names(arguments)
        handle = self._workspace.handover.handle(tool.callee, lambda _: None)
        return handle.parameters(**arguments)

    async def _run(
        self, ctx: ServerRequestContext, tool: ToolAction, params: Mapping[str, Any]
    ) -> ActivationRecord:
        """Run the action in a thread, with progress. A cancelled call ends the run."""
        limit_s = _SESSION_S if tool.session else tool.timeout_ms / 1000 + _MARGIN_S
        invoke = partial(self._workspace.invoke, tool.name, params, timeout_s=limit_s)
        begun = time.time()
        record: ActivationRecord | None = None
        failure: FaasError | None = None
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._report, ctx, begun)
                try:
                    record = await self._in_thread(invoke)
                except FaasError as error:
                    # Outside the task group, which would wrap it in an exception group.
                    failure = error
                group.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            cancel = partial(self._workspace.sessions.cancel_call, tool.name, round(begun * 1000))
            with anyio.CancelScope(shield=True), suppress(FaasError):
                await self._in_thread(cancel)
            raise
        if record is None:
            assert failure is not None  # noqa: S101  one of them is set
            raise failure
        return record

    async def _report(self, ctx: ServerRequestContext, begun: float) -> None:
        while True:
            await anyio.sleep(_PROGRESS_S)
            seconds = time.time() - begun
            await ctx.session.report_progress(seconds, message=f"Running for {seconds:.0f} s")

    async def _in_thread(self, call: Any) -> Any:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._limiter)

    def _answer(
        self, tool: ToolAction, record: ActivationRecord, cost: Decimal | None
    ) -> types.CallToolResult:
        meta = {
            f"{_META}/activation": record.id,
            f"{_META}/duration_ms": record.duration_ms,
            f"{_META}/cost_usd": None if cost is None else _plain(cost),
            f"{_META}/spent_usd": _plain(self._budget.spent_usd),
        }
        if not record.ok:
            failed = run_failed(record.to_json())
            return types.CallToolResult(content=[_text(str(failed))], is_error=True, _meta=meta)
        blocks, plain = content_of(record.result, record.id)
        is_cut = any(isinstance(each, types.ResourceLink) for each in blocks)
        if is_cut:
            self._keep(record.id, json.dumps(plain, ensure_ascii=False))
        problem = _mismatch(tool.output_schema, plain)
        if problem:
            words = f"The result of {tool.name} does not match its output schema: {problem}."
            blocks = [_text(words), *blocks]
        # Clients give the structured content to the model too, so a result that is cut has it only
        # if its schema requires it.
        is_whole = tool.output_schema is not None or not is_cut
        structured = plain if isinstance(plain, dict) and is_whole else None
        return types.CallToolResult(
            content=blocks,
            structured_content=None if problem else structured,
            is_error=bool(problem),
            _meta=meta,
        )

    def _keep(self, activation_id: str, text: str) -> None:
        self._results[activation_id] = text
        while len(self._results) > _KEPT_RESULTS:
            del self._results[next(iter(self._results))]

    def _session_cost(self, activation_id: str) -> Decimal | None:
        """Return the sum of all steps that have a record, or None if there are none."""
        return _per_run(self._workspace.sessions.session(activation_id).cost.total)

    def _most_usd(self, tool: ToolAction) -> Decimal:
        """Return the most that a run can cost, or 0 for a composition, where that is unknown."""
        if tool.session:
            return Decimal(0)
        prices = self._workspace.prices.get_or_default()
        return prices.cost_usd(tool.memory_mb, tool.timeout_ms)


def _per_run(million: Decimal | None) -> Decimal | None:
    return None if million is None else million / _MILLION


def _mismatch(schema: Mapping[str, Any] | None, result: Any) -> str:
    """Return why a result does not match the declared schema, or an empty string."""
    if schema is None:
        return ""
    # Imported here, because the import takes as long as the rest of the start, for which clients
    # wait only a few seconds.
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(schema).iter_errors(result)), None)
    return "" if error is None else str(error.message)[:300]


def _plain(usd: Decimal) -> str:
    """Return an amount without an exponent and trailing zeros."""
    return f"{usd.normalize():f}"


def _text(words: str) -> types.TextContent:
    return types.TextContent(text=words)


def _error(error: FaasError) -> types.CallToolResult:
    return types.CallToolResult(content=[_text(str(error))], is_error=True)
