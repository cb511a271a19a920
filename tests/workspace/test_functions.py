from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.workspace.functions import list_functions
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, serving
from tests.workspace.helpers.samples import sample

SAMPLE = sample("functions")["functions"]


def entry(name: str = "iris", **annotations: object) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": name,
        "version": "0.0.2",
        "publish": False,
        "exec": {"binary": True},
        "annotations": [
            {"key": key.replace("_", "-"), "value": value}
            for key, value in {"exec": "python:3.11", **annotations}.items()
        ],
        "limits": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1},
        "updated": 1795565990000,
    }


def listed(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    with serving(lambda _: Answer(body=list(entries))) as host:
        found = [one.to_json() for one in list_functions(Client(target_at(host.url)))]
        for one in found:
            for key in ("url", "web_url"):
                one[key] = one[key] and one[key].replace(host.url, "http://127.0.0.1:3233")
        return found


def test_an_action_of_ours_tells_where_it_comes_from() -> None:
    wanted = SAMPLE[0]
    (made,) = listed(
        entry(
            faas_bundle=wanted["bundle"],
            faas_source=wanted["source"],
            faas_notebook=wanted["notebook"],
            faas_cell=wanted["cell_id"],
            faas_signature=wanted["signature"],
            faas_schema=wanted["schema"],
            web_export=True,
        )
    )
    assert made == wanted
    assert list(made) == list(wanted)


def test_a_sequence_is_shown_like_any_other() -> None:
    whole = {"kind": "sequence", "components": ["/guest/a", "/guest/models/b"]}
    for execution in ({"binary": False}, whole):
        (made,) = listed({**entry("chain", exec="sequence"), "exec": execution})
        assert (made["name"], made["kind"], made["bundle"]) == ("chain", "sequence", None)


def test_an_action_of_another_tool_has_none_of_it() -> None:
    action = {**entry("hello"), "version": "0.0.1", "updated": 1795565000000}
    assert listed(action) == [SAMPLE[1]]


@pytest.mark.parametrize("junk", [3, [], {}, None, "", "../../etc", True], ids=repr)
def test_annotations_of_the_wrong_type_count_as_absent(junk: object) -> None:
    (made,) = listed(
        entry(faas_bundle=junk, faas_source=junk, faas_notebook=junk if junk != "../../etc" else 1)
    )
    assert (made["bundle"], made["source"], made["notebook"]) == (None, None, None)


def test_an_action_in_a_package_is_named_with_it() -> None:
    (made,) = listed({**entry(), "namespace": "guest/models"})
    assert (made["name"], made["namespace"]) == ("models/iris", "guest")
    assert made["url"].endswith("/namespaces/_/actions/models/iris")


def test_all_pages_are_read() -> None:
    actions = [entry(f"f{i}") for i in range(120)]

    def script(asked: Asked) -> Answer:
        skip = int(asked.path.rpartition("skip=")[2])
        return Answer(body=actions[skip : skip + 50])

    with serving(script) as host:
        names = [one.name for one in list_functions(Client(target_at(host.url)))]
    assert names == [f"f{i}" for i in range(120)]
    assert len(host.asked) == 3
