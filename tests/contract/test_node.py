"""Contract §5.1, §5.4: the code of Node.js actions, and what it finds around it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, annotated, node, zipped
from tests.contract.helpers.node import NodeAction, error, result

HELLO = "function main(args) { return { greeting: 'Hello ' + args.name }; }"


@pytest.fixture
def run(api: Api, name: str) -> NodeAction:
    return NodeAction(api, name)


@pytest.mark.parametrize(
    "code",
    [
        HELLO,
        "const main = args => ({ greeting: 'Hello ' + args.name })",
        "let main = async args => ({ greeting: 'Hello ' + args.name }) // the end",
        "var main = function (args) { return { greeting: 'Hello ' + args.name } };",
        "'use strict';\nexports.main = args => ({ greeting: 'Hello ' + args.name });",
        "module.exports.main = args => ({ greeting: `Hello ${args.name}` });",
        "module.exports = { main: args => ({ greeting: `Hello ${args.name}` }) };",
        "async function main(args) { return Promise.resolve({ greeting: 'Hello ' + args.name }) }",
    ],
)
def test_every_form_of_main(run: NodeAction, code: str) -> None:
    assert result(run(code, {"name": "Ada"})) == {"greeting": "Hello Ada"}


@pytest.mark.parametrize(
    "kind", ["nodejs:default", "nodejs:6", "nodejs:14", "nodejs:18", "NodeJS:20"]
)
def test_every_kind_runs(api: Api, name: str, kind: str) -> None:
    api.put(name, {"exec": {"kind": kind, "code": HELLO}})
    answer = api.invoke(name, {"name": "Ada"}, result=True)
    assert answer.json() == {"greeting": "Hello Ada"}


def test_main_of_another_name(run: NodeAction) -> None:
    assert result(run("const go = () => ({ ok: 1 })", main="go")) == {"ok": 1}


def test_built_in_modules(run: NodeAction) -> None:
    code = "const os = require('os'); const main = () => ({ eol: os.EOL })"
    assert result(run(code)) == {"eol": "\n"}


def test_dynamic_import(run: NodeAction) -> None:
    code = "async function main() { const { sep } = await import('node:path'); return { sep } }"
    assert result(run(code)) == {"sep": "/"}


@pytest.mark.parametrize("code", ["const main = 3", "const other = 1", "exports.main = {}"])
def test_entry_that_is_no_function(run: NodeAction, code: str) -> None:
    assert error(run(code)) == (
        "Initialization has failed due to: Action entrypoint 'main' is not a function."
    )


def test_syntax_error(run: NodeAction) -> None:
    record = run("function main( {")
    assert error(record).startswith("Initialization has failed due to: SyntaxError: ")
    assert any("SyntaxError" in line for line in record["logs"])


def test_code_that_throws_while_it_loads(run: NodeAction) -> None:
    record = run("throw new Error('not today')")
    assert error(record).splitlines()[:2] == [
        "Initialization has failed due to: Error: not today",
        "    at eval (eval at initializeActionHandler (/nodejsAction/runner.js:79:23), "
        "<anonymous>:2:22)",
    ]
    assert record["logs"][0][31:] == "stderr: Error during initialization: Error: not today"


def test_es_module_syntax_fails(run: NodeAction) -> None:
    assert error(run("export function main() { return {} }")).startswith(
        "Initialization has failed due to: SyntaxError: Unexpected token 'export'\n"
    )


def test_garbage_collector_is_there(run: NodeAction) -> None:
    record = run("const main = () => ({ type: typeof global.gc })")
    assert record["response"]["result"] == {"type": "function"}


def test_no_code(run: NodeAction) -> None:
    assert error(run("")) == "Missing main/no code to execute."
    assert error(run("  ")) == (
        "Initialization has failed due to: Action entrypoint 'main' is not a function."
    )


def test_logs(run: NodeAction) -> None:
    code = "function main() { console.log('out', { a: 1 }); console.error('bad'); return {} }"
    logs = [line[31:] for line in run(code)["logs"]]
    assert sorted(logs) == ["stderr: bad", "stdout: out { a: 1 }"]


def test_environment(api: Api, run: NodeAction, name: str) -> None:
    code = "const early = { ...process.env }; const main = () => ({ early, late: process.env })"
    record = run(
        code,
        parameters=[{"key": "COLOR", "value": {"a": [1]}, "init": True}],
        annotations=[{"key": "provide-api-key", "value": True}],
    )
    found = result(record)
    for each in (found["early"], found["late"]):
        assert each["COLOR"] == '{"a":[1]}'
        assert each["__OW_ACTION_NAME"].endswith(f"/{name}")
        assert each["__OW_ACTIVATION_ID"] == record["activationId"]
        assert each["__OW_ACTION_VERSION"] == "0.0.1"
        assert each["__OW_API_HOST"] == api.target.apihost
        assert each["__OW_API_KEY"] == api.target.auth
        assert each["__OW_DEADLINE"].isdigit()
        assert each["__OW_TRANSACTION_ID"]
        assert each["__OW_NAMESPACE"]
    assert "NODE_OPTIONS" not in found["late"]


def test_key_is_not_given_unasked(run: NodeAction) -> None:
    found = result(run("const main = () => ({ keys: Object.keys(process.env) })"))
    assert "__OW_API_KEY" not in found["keys"]


def test_worker_is_kept_with_what_it_holds(api: Api, run: NodeAction, name: str) -> None:
    run("let count = 0; const main = () => ({ count: ++count })")
    second = api.invoke(name).json()
    assert result(second) == {"count": 2}
    assert "initTime" not in annotated(second)


def test_one_run_at_a_time(api: Api, name: str) -> None:
    """Whatever comes at once, a worker has one of it."""
    code = (
        "let running = 0;\n"
        "async function main() {\n"
        "  running += 1;\n"
        "  await new Promise(resolve => setTimeout(resolve, 100));\n"
        "  return { running: running-- };\n"
        "}\n"
    )
    assert api.put(name, node(code)).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.invoke(name, result=True).json(), range(4)))
    assert answers == [{"running": 1}] * 4


def test_rejection_keeps_the_worker(api: Api, run: NodeAction, name: str) -> None:
    run("const main = () => Promise.reject(1)")
    assert "initTime" not in annotated(api.invoke(name).json())


def test_throw_ends_the_worker(api: Api, run: NodeAction, name: str) -> None:
    run("function main() { throw 1 }")
    assert "initTime" in annotated(api.invoke(name).json())


def test_openwhisk_calls_the_playground_past_a_proxy(
    deploy: Deploy, run: NodeAction, ours: None
) -> None:
    other = deploy("def main(args):\n    return {'ok': 1}\n")
    code = (
        "const main = args => require('openwhisk')().actions.invoke("
        "{ name: args.name, blocking: true, result: true });"
    )
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    record = run(
        code,
        {"name": other},
        parameters=[{"key": key, "value": value, "init": True} for key, value in proxy.items()],
        annotations=[{"key": "provide-api-key", "value": True}],
    )
    assert result(record) == {"ok": 1}


@pytest.mark.parametrize("archive", [False, True])
def test_action_calls_another_through_openwhisk(
    api: Api, deploy: Deploy, run: NodeAction, archive: bool
) -> None:
    other = deploy("def main(args):\n    return {'doubled': args['n'] * 2}\n")
    code = (
        "const openwhisk = require('openwhisk');\n"
        "exports.main = args => openwhisk().actions.invoke("
        "{ name: args.name, params: { n: 21 }, blocking: true, result: true });"
    )
    record = run(
        zipped({"index.js": code}) if archive else code,
        {"name": other},
        annotations=[{"key": "provide-api-key", "value": True}],
    )
    assert result(record) == {"doubled": 42}
