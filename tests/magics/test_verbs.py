"""The verbs through a real kernel and a real playground."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import requests

from jupyter_faas.client import SessionsClient
from jupyter_faas.widgets.widget import STATIC
from jupyter_faas.workspace import Workspace
from tests.magics.helpers.kernels import CARD, NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE, IRIS, SETOSA, TRAIN


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(TRAIN)
        kernel.run("%faas playground start")
        yield kernel


def deploy_halve(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    kernel.run("%faas deploy halve")


def test_deploy_says_where_and_the_card_follows(kernel: NotebookKernel) -> None:
    cell = kernel.run(HALVE)
    seen = len(kernel.said)
    printed = kernel.run("%faas deploy halve").stream
    assert printed.startswith("Deployed halve 0.0.1 to Local playground (")
    update = kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["transient"]["display_id"] == cell.display_ids[0]
            and said["content"]["data"][CARD]["deployed"] is not None
        ),
        seen,
    )
    card = update["content"]["data"][CARD]
    assert (card["deployed"]["version"], card["deployed"]["bundle"]) == ("0.0.1", card["bundle"])
    assert "deployed>" in kernel.run("halve").results[0]["text/plain"]


def test_a_misspelt_parameter_is_refused_before_the_call(kernel: NotebookKernel) -> None:
    kernel.run("%%function opt --deploy\ndef opt(rate: float = 1.0):\n    return {'rate': rate}")
    for call in ("opt.invoke(rte=9)", "%faas invoke opt rte=9"):
        words = kernel.run(call, fails=True).traceback
        assert "opt does not take rte." in words
        assert "Did you mean rate? The signature is opt(rate: float = 1.0)" in words
    words = kernel.run("opt(rte=9)", fails=True).traceback
    assert "Did you mean rate?" in words


def test_option_deploy_deploys_with_the_cell(kernel: NotebookKernel) -> None:
    kernel.run("%%function greet --deploy\ndef greet(name: str):\n    return {'hello': name}")
    answer = kernel.run('%faas invoke greet name="two words" --result')
    assert json.loads(answer.stream) == {"hello": "two words"}


def test_option_web_serves_the_function_without_a_key(kernel: NotebookKernel) -> None:
    seen = len(kernel.said)
    kernel.run("%%function page --web --deploy\ndef page():\n    return {'html': '<b>hi</b>'}")
    update = kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["data"].get(CARD, {}).get("name") == "page"
            and said["content"]["data"][CARD]["deployed"] is not None
        ),
        seen,
    )
    url = update["content"]["data"][CARD]["deployed"]["web_url"]
    assert requests.get(url, timeout=60).json() == {"html": "<b>hi</b>"}
    assert requests.get(url.replace(".json", ".html"), timeout=60).text == "<b>hi</b>"
    assert url in update["content"]["data"]["text/html"]


def test_invoke_shows_the_run_and_tells_front_ends(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    front_end = kernel.open_comm()
    seen = len(kernel.said)
    cell = kernel.run("%faas invoke halve number=12")
    (display,) = cell.displays
    run = display[CARD]
    assert (run["type"], run["result"], run["ok"]) == ("activation", {"half": 6}, True)
    assert '{"half": 6}' in display["text/plain"]
    assert "halving 12" in display["text/html"]
    assert cell.results == []
    event, _ = front_end.next_event(seen, "activation")
    assert event["id"] == run["id"]


def test_values_follow_the_signature(kernel: NotebookKernel) -> None:
    refused = kernel.run("%faas invoke halve number=many", fails=True)
    assert refused.traceback == "ParametersRejected: number must be a whole number, not 'many'."


def test_invoke_can_be_kept_and_is_not_shown_twice(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    cell = kernel.run("run = %faas invoke halve number=4\nrun")
    assert (len(cell.displays), cell.results) == (1, [])
    assert kernel.run("run.result, run.ok, len(run.logs)").results[0]["text/plain"] == (
        "({'half': 2}, True, 1)"
    )
    assert kernel.run("run").displays[0][CARD]["result"] == {"half": 2}


def test_failed_run_is_shown_and_fails_the_cell(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    cell = kernel.run("%faas invoke halve number=3", fails=True)
    assert cell.displays[0][CARD]["status"] == "application error"
    activation = cell.displays[0][CARD]["id"][:8]
    # The view has everything else.
    assert cell.traceback == (
        "ActivationFailed: halve failed: ValueError: 3 is odd "
        f"(activation {activation}, shown above)"
    )
    # The cell's number is that of its last execution, and the line that of the cell.
    number = int(kernel.run("len(In) - 2").results[0]["text/plain"])
    place = f'Cell [{number - 2}], line 5: raise ValueError(f"{{number}} is odd")'
    shown = cell.displays[0]["text/plain"].splitlines()
    assert shown[:2] == ["ValueError: 3 is odd", place]
    assert shown[3:5] == [
        "Traceback (most recent call last):",
        '  File "function.py", line 5, in halve',
    ]
    assert shown[-1] == "stdout: halving 3"
    listed = kernel.run("%faas activations --limit 1").displays[0]["text/plain"].splitlines()
    assert listed[-1] == "  ↳ ValueError: 3 is odd"


def test_failed_run_for_the_result_alone_says_where(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    cell = kernel.run("%faas invoke halve number=3 --result", fails=True)
    first, *rest = cell.traceback.splitlines()
    assert first == "ActivationFailed: halve failed: ValueError: 3 is odd"
    assert 'line 5: raise ValueError(f"{number} is odd")' in rest[1]


def test_failure_in_another_cell_shows_that_cell(kernel: NotebookKernel) -> None:
    kernel.run("def looked_up(table, key):\n    # no default\n    return table[key]")
    kernel.run(
        "%%function shop --deploy\n"
        "def shop(item: str):\n"
        "    return {'price': looked_up({'tea': 3}, item)}"
    )
    cell = kernel.run("shop.invoke(item='cake')", fails=True)
    number = int(kernel.run("len(In) - 2").results[0]["text/plain"])
    assert cell.traceback.startswith("ActivationFailed: shop failed: KeyError: 'cake' (")
    assert cell.displays[0]["text/plain"].splitlines()[:2] == [
        "KeyError: 'cake'",
        f"Cell [{number - 2}], line 3: return table[key]",
    ]


def has_printed(sessions: SessionsClient, run: str) -> bool:
    details = sessions.of(run)
    return bool(details and details.under_way and details.under_way.logs)


@pytest.mark.parametrize("line", ["%faas invoke slow", "slow.invoke()"])
def test_interrupted_invoke_prints_one_line_and_ends_the_run(
    kernel: NotebookKernel, folder: Path, line: str
) -> None:
    kernel.run(
        "%%function slow --deploy --no-clean-room\n"
        "def slow():\n    import time\n    print('begun', flush=True)\n    time.sleep(300)"
    )
    pid = int(kernel.run("import os; os.getpid()").results[0]["text/plain"])
    data_dir = kernel.run(
        "from jupyter_faas.workspace import Workspace; str(Workspace.open().data_dir)"
    ).results[0]["text/plain"]
    workspace = Workspace.open(Path(data_dir.strip("'")))
    target = workspace.sessions.connect().client.target

    def interrupt() -> None:
        with closing(SessionsClient(target)) as sessions:
            while not any(has_printed(sessions, run) for run, _ in sessions.under_way(plain=True)):
                pass
        os.kill(pid, signal.SIGINT)

    thread = Thread(target=interrupt)
    thread.start()
    cell = kernel.run(line, fails=True)
    thread.join()
    (said,) = cell.traceback.splitlines()
    assert said.startswith("ActivationInterrupted: Cancelled: slow, activation ")
    activation = said.rpartition(" ")[2].rstrip(".")
    # The record is written when the worker has ended, which may be after the message.
    while workspace.sessions.find_id(activation[:10]) is None:
        pass
    begins = kernel.run(f"%faas logs {activation[:10]}").stream.splitlines()
    assert begins[0] == "The activation was cancelled."
    assert any(each.endswith("stdout: begun") for each in begins)


def test_handle_has_the_same_verbs(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    deployed = kernel.run("place = halve.deploy()\nplace.name, place.target_label").results[0]
    assert deployed["text/plain"] == "('halve', 'Local playground')"
    silent = kernel.run("runs = [halve.invoke(number=n) for n in (2, 4)]\n[r.result for r in runs]")
    assert silent.displays == []
    assert silent.results[0]["text/plain"] == "[{'half': 1}, {'half': 2}]"
    assert kernel.run("halve.invoke(number=8)").displays[0][CARD]["result"] == {"half": 4}
    failed = kernel.run("halve.invoke(number=5)", fails=True)
    assert failed.displays[0][CARD]["ok"] is False
    assert "5 is odd" in failed.traceback
    table = kernel.run("halve.activations(limit=2)").displays[0]
    assert table["text/plain"].count("halve") == 2
    kernel.run("halve.remove()")
    gone = kernel.run("halve.invoke(number=2)", fails=True)
    assert gone.traceback.startswith("ActionNotFound: ")


def test_refitted_model_is_packaged_again_by_deploy(kernel: NotebookKernel) -> None:
    kernel.run(IRIS)
    kernel.run("%faas deploy iris")
    before = kernel.run(f"%faas invoke iris {SETOSA}").displays[0][CARD]["result"]
    kernel.run("model.fit(X, (y + 1) % 3);")
    assert "model changed since packaging" in kernel.run("iris").results[0]["text/plain"]
    kernel.run("%faas deploy iris")
    after = kernel.run(f"%faas invoke iris {SETOSA}").displays[0][CARD]["result"]
    assert (before["species"], after["species"]) == ("setosa", "versicolor")
    assert "packaging" not in kernel.run("iris").results[0]["text/plain"]
    kernel.run(TRAIN)


def test_running_an_older_function_is_told(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    assert "changed since deploy" not in kernel.run("%faas invoke halve number=2").stream
    kernel.run(HALVE.replace("// 2}", "// 2, 'new': True}"))
    told = kernel.run("%faas invoke halve number=2")
    assert told.stream.startswith("halve in this notebook differs from the deployed version, ")
    assert told.displays[0][CARD]["result"] == {"half": 1}


def test_a_call_with_an_older_value_is_told_once_for_each_change(kernel: NotebookKernel) -> None:
    kernel.run("factor = 2")
    kernel.run("def times(n):\n    return n * factor")
    kernel.run("%%function scaled --deploy\ndef scaled(n: int):\n    return {'v': times(n)}")
    assert "changed since" not in kernel.run("%faas invoke scaled n=1").stream
    told = kernel.run("factor = 3\n[scaled.invoke(n=1).result for _ in range(3)]")
    assert told.stream.splitlines() == [
        "factor has changed since scaled was last deployed, so this run used the earlier value. "
        "To deploy the change: %faas deploy scaled"
    ]
    assert told.results[0]["text/plain"] == "[{'v': 2}, {'v': 2}, {'v': 2}]"
    assert "changed since" not in kernel.run("%faas invoke scaled n=1").stream
    kernel.run("def times(n):\n    return n - factor")
    assert "changed since scaled was" in (told := kernel.run("%faas invoke scaled n=1")).stream
    assert told.stream.startswith(("factor and times have ", "times and factor have "))
    kernel.run("%faas deploy scaled")
    assert "changed since" not in kernel.run("%faas invoke scaled n=1").stream


def test_a_loop_that_changes_a_value_is_told_once(kernel: NotebookKernel) -> None:
    kernel.run("step = 1")
    kernel.run("%%function stepped --deploy\ndef stepped():\n    return {'v': step}")
    told = kernel.run("for step in range(5, 45):\n    stepped.invoke()")
    assert told.stream.count("step has changed since") == 1


def test_a_call_with_the_earlier_model_is_told(kernel: NotebookKernel) -> None:
    kernel.run(IRIS)
    kernel.run("%faas deploy iris")
    told = kernel.run(f"model.fit(X, (y + 1) % 3);\n%faas invoke iris {SETOSA}")
    assert "model has changed since iris was last deployed, so" in told.stream
    kernel.run(TRAIN)


def test_card_knows_that_an_older_package_is_deployed(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    card = kernel.run(HALVE.replace("// 2}", "// 2, 'newer': True}")).cards[0]
    assert card["deployed"]["bundle"] not in (None, card["bundle"])


def test_sessions_are_listed_and_shown(kernel: NotebookKernel) -> None:
    kernel.run("%faas playground start")
    client = (
        "from jupyter_faas.workspace import Workspace\n"
        "client = Workspace.open()._services.connect().client\n"
        "exec_ = {'kind': 'sequence', 'components': ['/whisk.system/utils/echo'] * 2}\n"
        "client.put_action('twice', {'exec': exec_})\n"
        "client.invoke('twice', {'n': 1}).activation_id"
    )
    activation = kernel.run(client).results[0]["text/plain"].strip("'")
    table = kernel.run("%faas sessions --limit 1").displays[0]
    assert activation in table["text/plain"]
    assert activation in table["text/html"]
    cell = kernel.run(f"view = %faas session {activation}").displays[-1]
    shown = cell["text/plain"]
    assert shown.startswith("twice 0.0.1 · sequence · success · ")
    assert shown.count("utils/echo") == 4
    # JupyterLab draws the graph of this payload, with the path that the session took.
    assert cell[CARD]["type"] == "session"
    assert cell[CARD]["graph"]["type"] == "sequence"
    assert "utils/echo" in cell["text/html"]


def test_runs_are_listed_and_their_logs_read(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    run = kernel.run("%faas invoke halve number=2").displays[0][CARD]
    table = kernel.run("%faas activations --name halve --limit 1").displays[0]
    assert run["id"] in table["text/plain"]
    assert run["id"] in table["text/html"]
    assert "halving 2" in kernel.run(f"%faas logs {run['id']}").stream
    view = kernel.run(
        f"from jupyter_faas.widgets import ActivationView\nActivationView({run['id']!r})"
    )
    assert view.displays[0][CARD]["result"] == {"half": 1}


def test_removed_function_is_on_no_target(kernel: NotebookKernel) -> None:
    deploy_halve(kernel)
    assert kernel.run("%faas remove halve").stream == "Removed halve.\n"
    assert "not deployed" in kernel.run("halve").results[0]["text/plain"]
    gone = kernel.run("%faas invoke halve number=2", fails=True)
    assert gone.traceback.startswith("ActionNotFound: ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("deploi halve", "Unknown command 'deploi'."),
        ("deploy nobody", "This notebook has no packaged function 'nobody'."),
        ("invoke", "required: NAME"),
        ("invoke halve number='2", "Missing ' in"),
        ("activations --target nowhere", "Unknown target 'nowhere'."),
    ],
    ids=["verb", "function", "nothing", "quote", "target"],
)
def test_wrong_line_is_answered_with_the_way_out(
    kernel: NotebookKernel, line: str, words: str
) -> None:
    refused = kernel.run(f"%faas {line}", fails=True)
    assert words in refused.traceback
    assert "Traceback" not in refused.traceback


def test_nothing_that_was_said_holds_the_key(kernel: NotebookKernel, folder: Path) -> None:
    kernel.run(HALVE)
    kernel.run("%faas deploy halve")
    kernel.run("%faas target\n%faas playground status\nhalve")
    wskprops = (folder / "faas" / "playground" / "wskprops").read_text()
    auth = next(line for line in wskprops.splitlines() if line.startswith("AUTH="))
    user, _, password = auth.removeprefix("AUTH=").partition(":")
    everything = json.dumps(kernel.said, default=repr)
    assert "wskprops" in everything
    assert user not in everything
    assert password not in everything


@pytest.mark.skipif(not (STATIC / "card.js").is_file(), reason="the widgets are not built")
def test_buttons_of_a_widget_deploy_and_invoke(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        (display,) = kernel.run(HALVE).displays
        widget = kernel.comm(display["application/vnd.jupyter.widget-view+json"]["model_id"])
        widget.press("invoke", number=12)
        refused = widget.reply()
        assert (refused["event"], refused["error"]["code"]) == ("error", "action_not_found")
        seen = len(kernel.said)
        widget.press("deploy")
        kernel.wait(
            lambda said: (
                said["msg_type"] == "update_display_data"
                and said["content"]["data"][CARD]["deployed"] is not None
            ),
            seen,
        )
        widget.press("invoke", number=12)
        assert widget.reply()["activation"]["result"] == {"half": 6}
        widget.press("invoke", number=3)
        assert widget.reply()["activation"]["ok"] is False


def test_export_leaves_out_the_name_that_a_cell_had_before(
    kernel: NotebookKernel, tmp_path: Path
) -> None:
    kernel.run("%%function oldname\ndef oldname(n: int):\n    return {'n': n}", cell_id="renamed")
    kernel.run("%%function newname\ndef newname(n: int):\n    return {'n': n}", cell_id="renamed")
    kernel.run(f"%faas export {tmp_path / 'project'}")
    manifest = (tmp_path / "project" / "manifest.yaml").read_text("utf-8")
    assert "newname" in manifest
    assert "oldname" not in manifest
