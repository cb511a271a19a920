"""Sessions of a composition: their records, their list, and one of them in detail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from jupyter_faas.composer import sequence
from jupyter_faas.whisk import Activation
from jupyter_faas.workspace import CompositionOptions, CompositionRequest
from tools.bench.figures import sized
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import Running, folder, median_ms, playground, seconds

SIZES = sized((20, 100, 500, 2_000), (2, 4))
NOTHING = "def main(args):\n    return args\n"
_CLIENTS = 4


def curve() -> Curve:
    return measured("sessions", "sessions of a composition", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as data_dir, playground(data_dir) as running:
        body = {"exec": {"kind": "python:default", "code": NOTHING}}
        running.client.put_action("nothing", body)
        workspace = running.workspace
        request = CompositionRequest("", CompositionOptions("three"))
        packaged = workspace.package_composition(request, sequence(*["nothing"] * 3), {})
        workspace.deploy(packaged.record.id)
        _invoke(running)
        ran = seconds(lambda: _invoke_all(running, count))
        sessions = workspace.sessions
        latest = _invoke(running)
        if len(sessions.session(latest).to_json()["steps"]) < 3:
            raise RuntimeError("the session has not all steps")
        return {
            ("run all sessions", "s"): ran,
            ("list the latest 30", "ms"): median_ms(lambda: sessions.top(limit=30)),
            ("list 30 sessions of the composition", "ms"): median_ms(
                lambda: sessions.top(limit=30, name="three")
            ),
            ("open a session", "ms"): median_ms(lambda: sessions.session(latest).to_json()),
            ("memory of the playground", "MB"): running.memory_mb,
        }


def _invoke(running: Running, _: int = 0) -> str:
    answer = running.client.invoke("three", {"n": 1})
    if not (isinstance(answer, Activation) and answer.response.success):
        raise RuntimeError(f"the composition failed: {answer}")
    return answer.activation_id


def _invoke_all(running: Running, count: int) -> None:
    with ThreadPoolExecutor(_CLIENTS) as pool:
        for _ in pool.map(lambda number: _invoke(running, number), range(count)):
            pass
