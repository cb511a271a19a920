"""The tools of ``jupyter faas mcp``, as the SDK's own client sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from jupyter_faas.agents.server import tool_names
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.agents.conftest import NUMBER, PIXEL, Tools, listed, put


def text(result: Any) -> str:
    return str(result.content[0].text)


def test_only_exported_functions_are_tools(tools: Tools) -> None:
    found = tools.over_stdio(listed)
    assert set(found) == {
        "double", "picture", "large", "slow", "wrong", "theirs", "twice", "shop_price", "halve",
        "anything",
    }  # fmt: skip


def test_named_functions_are_tools(tools: Tools) -> None:
    words = ("--function", "private", "--function", "shop/price")
    assert set(tools.over_stdio(listed, *words)) == {"private", "shop_price"}


def test_a_package_has_its_own_tools(tools: Tools) -> None:
    assert set(tools.with_client(listed, package="shop")) == {"shop_price"}


def test_a_tool_has_the_docstring_and_the_schemas(tools: Tools) -> None:
    tool = tools.with_client(listed, "double")["double"]
    assert tool.description == "Twice a number."
    assert tool.input_schema["properties"] == {"n": {"type": "integer"}}
    assert tool.input_schema["required"] == ["n"]
    assert "x-faas-result" not in tool.input_schema
    assert tool.output_schema["properties"] == {"double": {"type": "integer"}}


def test_annotations_of_openserverless_are_read(tools: Tools) -> None:
    tool = tools.with_client(listed, "theirs")["theirs"]
    assert tool.description == "Greet a person."
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "the person"},
            "loud": {"type": "boolean", "description": "in capitals"},
        },
        "required": ["name"],
    }


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_call_returns_the_result_with_its_cost(mode: str, tools: Tools) -> None:
    async def use(client: Any) -> Any:
        return await client.call_tool("double", {"n": 21})

    result = tools.over_stdio(use, mode=mode)
    assert not result.is_error
    assert result.structured_content == {"double": 42}
    assert json.loads(text(result)) == {"double": 42}
    assert len(result.meta["jupyter-faas/activation"]) == 32
    assert result.meta["jupyter-faas/duration_ms"] >= 0
    assert float(result.meta["jupyter-faas/cost_usd"]) > 0
    assert result.meta["jupyter-faas/spent_usd"] == result.meta["jupyter-faas/cost_usd"]


def test_a_composition_is_a_tool(tools: Tools) -> None:
    # The second step of the sequence lacks n, so the run fails, as any caller's would.
    result = tools.call("twice", {"n": 1})
    assert result.is_error
    assert "twice failed" in text(result)


def test_a_composition_takes_the_parameters_of_its_first_step(tools: Tools) -> None:
    tool = tools.with_client(listed, "twice")["twice"]
    assert tool.description == (
        "The composition twice on Local playground. Its first step is double: Twice a number."
    )
    assert tool.input_schema == NUMBER
    assert "twice does not take m" in text(tools.call("twice", {"m": 1}))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": "three"}, "n must be"),
        ({}, "n"),
        ({"m": 1}, "double does not take m.\nThe parameters are n"),
        ({"n": 1, "nn": 1}, "double does not take nn.\nDid you mean n?"),
        ({"n": -1}, "double failed: n is negative"),
    ],
)
def test_errors_are_the_tools_in_our_words(
    arguments: dict[str, Any], words: str, tools: Tools
) -> None:
    result = tools.call("double", arguments)
    assert result.is_error
    assert words in text(result)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("halve", {"number": 4, "unit": "EVIL"}), ("anything", {"number": 4, "unit": "EVIL"})],
)
def test_an_agent_cannot_replace_a_preset_parameter(
    name: str, arguments: dict[str, Any], tools: Tools
) -> None:
    result = tools.call(name, arguments)
    assert result.is_error
    assert f"{name} does not take unit." in text(result)
    assert tools.call(name, {"number": 4}).structured_content["unit"] == "mm"


def test_an_error_does_not_name_a_preset_parameter(tools: Tools) -> None:
    result = tools.call("halve", {"number": "four"})
    assert result.is_error
    assert "number must be" in text(result)
    assert "unit" not in text(result)


def test_an_error_after_another_deploy_does_not_name_a_preset_parameter(tools: Tools) -> None:
    schema = {
        "type": "object",
        "properties": {name: {"type": "number"} for name in ("number", "by", "unit")},
        "required": ["number", "by", "unit"],
    }
    signature = "divide(number: float, by: float, unit: float = 31337)"

    async def use(client: Any) -> Any:
        # The server has the tools of its start, in which ``by`` is not required.
        put(
            tools.target,
            "divide",
            code,
            {"faas-schema": schema, "faas-signature": signature},
            {"unit": 31337},
        )
        return await client.call_tool("divide", {"number": 4})

    code = "def main(args):\n    return args\n"
    only = {"type": "object", "properties": {"number": {"type": "number"}}, "required": ["number"]}
    put(tools.target, "divide", code, {"faas-schema": only, "faas-signature": signature})
    result = tools.with_client(use, "divide")
    tools.target.delete_action("divide")
    assert result.is_error
    assert "divide needs by (a number)." in text(result)
    assert "unit" not in text(result)
    assert "31337" not in text(result)


def test_an_unknown_parameter_of_another_tool_is_refused(tools: Tools) -> None:
    result = tools.call("theirs", {"name": "Ada", "lout": True})
    assert result.is_error
    assert "theirs does not take lout.\nDid you mean loud?" in text(result)


def test_an_unknown_tool_is_an_error_of_the_protocol(tools: Tools) -> None:
    async def use(client: Any) -> None:
        with pytest.raises(MCPError, match=r"Unknown tool 'duoble'. Did you mean double\?"):
            await client.call_tool("duoble", {})

    tools.with_client(use)


def test_images_are_image_content(tools: Tools) -> None:
    result = tools.call("picture", {})
    first, image = result.content
    assert json.loads(first.text) == {"photo": "(image 1, image/png)", "n": 1}
    assert (image.type, image.mime_type, image.data) == ("image", "image/png", PIXEL)


def test_a_large_result_is_cut_and_linked(tools: Tools) -> None:
    async def use(client: Any) -> Any:
        result = await client.call_tool("large", {})
        link = result.content[1]
        return result, link, await client.read_resource(link.uri)

    result, link, whole = tools.with_client(use)
    assert len(text(result)) < 5_000
    assert result.structured_content is None
    assert link.type == "resource_link"
    assert json.loads(whole.contents[0].text) == {"text": "x" * 100_000}


def test_a_result_that_is_not_as_declared_is_an_error(tools: Tools) -> None:
    result = tools.call("wrong", {"n": 1})
    assert result.is_error
    assert (
        "The result of wrong does not match its output schema: 'two' is not of type 'integer'"
        in text(result)
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_long_runs_report_progress(mode: str, tools: Tools) -> None:
    seen: list[str | None] = []

    async def use(client: Any) -> Any:
        async def progress(value: float, total: float | None, message: str | None) -> None:
            seen.append(message)

        return await client.call_tool("slow", {"n": 3}, progress_callback=progress)

    assert tools.over_stdio(use, mode=mode).structured_content == {"done": True}
    assert "Running for 1 s" in seen


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_cancelled_call_ends_the_run(mode: str, tools: Tools) -> None:
    tools.over_stdio(tools.cancel_a_call, mode=mode)


def test_a_budget_limits_what_calls_may_cost(tools: Tools) -> None:
    async def use(client: Any) -> Any:
        return [await client.call_tool("double", {"n": 1}) for _ in range(3)]

    # A run of 60 s with 256 MB costs up to $0.00028 by the playground's price list.
    results = tools.with_client(use, budget="0.0001")
    assert all(each.is_error for each in results)
    assert "of the budget of $0.0001 is neither spent nor reserved" in text(results[0])
    assert not any(each.is_error for each in tools.with_client(use, budget="0.01"))


def test_the_steps_of_a_sequence_count_for_the_budget_on_any_host(
    tools: Tools, tmp_path: Path
) -> None:
    there = tools.workspace.data_dir / "playground" / "wskprops"
    workspace = Workspace.open(data_dir=tmp_path)
    workspace.target_registry.add(TargetSettings("away", wskprops=str(there)))
    workspace.use_target("away")

    async def use(client: Any) -> Any:
        return [await client.call_tool("twice", {"n": 1}) for _ in range(2)]

    away = Tools(workspace, tools.target)
    ran, refused = away.with_client(use, "twice", budget="0.000000001")
    assert "of the budget of" not in text(ran)
    assert "of the budget of" in text(refused)


def test_names_of_tools_are_those_that_clients_accept() -> None:
    assert tool_names(["models/iris", "models_iris", "a b@c", "x" * 80]) == {
        "models_iris": "models/iris",
        "models_iris_2": "models_iris",
        "a_b_c": "a b@c",
        "x" * 64: "x" * 80,
    }
