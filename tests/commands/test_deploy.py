"""``deploy``: several targets, and a notebook of several functions that fails in the middle."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.commands.deploy import Place, deploy_found
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import (
    BundleError,
    ChangedElsewhere,
    InputError,
    TargetFailed,
    TargetNotReachable,
)
from jupyter_faas.workspace import Packaged, Workspace
from jupyter_faas.workspace.notebook import NotebookFunction
from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.client.helpers.server import Answer, Asked, FakeHost, closed_port, serving
from tests.hosts.helpers.digitalocean import DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.provider import Provider, started_playground
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.requests import function_request

REGIONS = ("fra", "nyc")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Provider]]:
    """The two targets, by name."""
    with (
        started_playground(tmp_path_factory.mktemp("behind")) as playground,
        OpenServerless(playground).serve() as fra,
        DigitalOcean(playground).serve() as nyc,
    ):
        yield {"fra": fra, "nyc": nyc}


@pytest.fixture
def workspace(
    hosts: dict[str, Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """A workspace with both targets, and one that is down."""
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    workspace = Workspace.open(tmp_path / "faas")
    for name, host in hosts.items():
        monkeypatch.setenv(f"{name.upper()}_AUTH", host.key)
        add(workspace, name, host.url, host.profile.name)
    monkeypatch.setenv("DOWN_AUTH", "a:key")
    add(workspace, "down", f"http://127.0.0.1:{closed_port()}")
    return workspace


def add(workspace: Workspace, name: str, url: str, profile: str = "") -> None:
    variable = f"{name.upper()}_AUTH"
    workspace.target_registry.add(
        TargetSettings(name, apihost=url, auth_variable=variable, profile=profile)
    )


def packaged(workspace: Workspace, name: str, memory_mb: int = 256) -> Packaged:
    cell = f"%%function {name}\ndef {name}(n: int = 1):\n    return {{'{name}': n}}\n"
    return workspace.package(function_request(cell, name, memory_mb=memory_mb), run_cell(cell))


def deploy(workspace: Workspace, name: str, *targets: str) -> Outcome:
    words = [word for target in targets for word in ("--target", target)]
    call = parse("magic", ["deploy", name, *words])
    assert isinstance(call, Call)
    package = packaged(workspace, name).record.id
    return call.run(Workspace.open(workspace.data_dir, targets[0]), silent, {name: package})


def names_on(host: Provider) -> set[str]:
    return {"iris", "half", "big"} & set(host.zips)


@pytest.fixture(autouse=True)
def no_zips(hosts: dict[str, Provider]) -> None:
    for host in hosts.values():
        host.zips.clear()


# -- Several targets


def test_a_function_goes_to_each_target_with_a_line_for_each(
    workspace: Workspace, hosts: dict[str, Provider]
) -> None:
    done = deploy(workspace, "half", *REGIONS)
    assert done.error is None
    assert [line.partition(" (")[0] for line in done.lines] == [
        "Deployed half 0.0.1 to fra",
        "Deployed half 0.0.1 to nyc",
    ]
    assert all(names_on(host) == {"half"} for host in hosts.values())
    for name in REGIONS:
        assert Workspace.open(workspace.data_dir, name).invoke("half", {"n": 3}).result == {
            "half": 3
        }
    workspace_json = done.to_json()
    assert isinstance(workspace_json, dict)
    assert list(workspace_json["targets"]) == ["fra", "nyc"]


def test_a_target_that_is_down_does_not_keep_the_others_from_it(
    workspace: Workspace, hosts: dict[str, Provider]
) -> None:
    done = deploy(workspace, "iris", "fra", "down")
    assert names_on(hosts["fra"]) == {"iris"}
    assert done.lines[0].startswith("Deployed iris 0.0.1 to fra")
    assert done.lines[1].startswith("down: down is not reachable")
    assert done.lines[1].endswith("Not deployed: iris.")
    assert isinstance(done.error, TargetNotReachable)
    assert done.error.message == "1 of 2 targets failed."
    record = done.to_json()
    assert isinstance(record, dict)
    assert record["targets"]["down"]["not_deployed"] == ["iris"]
    assert record["targets"]["down"]["error"]["code"] == "target_not_reachable"


def test_a_target_that_is_given_twice_counts_once(
    workspace: Workspace, hosts: dict[str, Provider]
) -> None:
    done = deploy(workspace, "half", "fra", "fra")
    assert len(done.lines) == 1


def test_only_deploy_takes_several_targets() -> None:
    with pytest.raises(InputError, match="activations takes only one --target"):
        parse("cli", ["activations", "--target", "fra", "--target", "nyc"])


def test_a_target_may_stand_before_the_verb() -> None:
    call = parse("cli", ["--target", "fra", "activations"])
    assert isinstance(call, Call)
    assert call.arguments.target == "fra"


# -- A notebook of several functions


def notebook(
    workspace: Workspace,
    target: str,
    *functions: Packaged,
    force: bool = False,
    progress: Progress = silent,
) -> Outcome:
    found = [
        NotebookFunction(one.record.name, one.record.id, one.record.bundle, {}) for one in functions
    ]
    beside = {"shadow": False, "canary": None, "sticky": None, "rollback_at": None}
    arguments = argparse.Namespace(
        notebook="n.ipynb", vendor=False, image=None, force=force, **beside
    )
    place = Place(Workspace.open(workspace.data_dir, target))
    return deploy_found([place], found, arguments, progress)


def test_nothing_is_sent_if_one_function_does_not_fit(
    workspace: Workspace, hosts: dict[str, Provider]
) -> None:
    functions = packaged(workspace, "half"), packaged(workspace, "big", 2048)
    with pytest.raises(InputError, match="nyc does not accept 'big': memory size 2048 MB"):
        notebook(workspace, "nyc", *functions)
    assert names_on(hosts["nyc"]) == set()


def test_all_functions_that_do_not_fit_are_listed(
    workspace: Workspace, hosts: dict[str, Provider]
) -> None:
    functions = packaged(workspace, "big", 2048), packaged(workspace, "iris", 1025)
    with pytest.raises(InputError, match="2 of 2 functions cannot be deployed, so none") as caught:
        notebook(workspace, "nyc", *functions)
    assert "- big: " in caught.value.message
    assert "- iris: " in caught.value.message


def test_the_notes_of_the_card_are_told(workspace: Workspace) -> None:
    cell = "%%function noted\ndef noted(n: int):\n    return {'error': n}\n"
    made = workspace.package(function_request(cell, "noted"), run_cell(cell))
    told: list[str] = []
    notebook(workspace, "fra", made, progress=told.append)
    assert [line for line in told if line.startswith("Note")] == [
        "Note on noted: {'error': …}: returned on line 3; a call whose result has the key 'error' "
        "counts as failed"
    ]


def test_a_change_made_elsewhere_is_found_before_the_first_is_sent(
    workspace: Workspace, hosts: dict[str, Provider], tmp_path: Path
) -> None:
    notebook(workspace, "nyc", packaged(workspace, "iris"))
    hosts["nyc"].zips.clear()
    other = Workspace.open(tmp_path / "other")
    add(other, "nyc", hosts["nyc"].url, "digitalocean")
    functions = packaged(other, "half"), packaged(other, "iris", 512)
    changed = "%%function iris\ndef iris(n: int = 1):\n    return {'iris': -n}\n"
    made = other.package(function_request(changed, "iris"), run_cell(changed))
    with pytest.raises(ChangedElsewhere, match="iris"):
        notebook(other, "nyc", functions[0], made)
    assert names_on(hosts["nyc"]) == set()
    notebook(other, "nyc", functions[0], made, force=True)
    assert names_on(hosts["nyc"]) == {"half", "iris"}


@pytest.fixture
def breaking(hosts: dict[str, Provider], workspace: Workspace) -> Iterator[FakeHost]:
    """The target ``frail``: nyc behind a proxy that fails at the upload of ``second``."""

    def script(asked: Asked) -> Answer:
        if asked.method == "PUT" and "/actions/second" in asked.path:
            return Answer(502, {"error": "Bad gateway"})
        return hosts["nyc"].answer(asked)

    with serving(script) as host:
        workspace.target_registry.add(
            TargetSettings(
                "frail", apihost=host.url, auth_variable="NYC_AUTH", profile="digitalocean"
            )
        )
        yield host


def test_a_failure_in_the_middle_lists_both_halves(
    workspace: Workspace, breaking: FakeHost
) -> None:
    functions = [packaged(workspace, name) for name in ("first", "second", "third")]
    done = notebook(workspace, "frail", *functions)
    assert [line.split()[1] for line in done.lines] == ["first"]
    assert done.error is not None
    assert done.error.message == "second: frail failed: Bad gateway"
    assert done.error.hint.splitlines()[:2] == [
        "Deployed: first.",
        "Not deployed: second, third.",
    ]
    record = done.to_json()
    assert isinstance(record, dict)
    assert [one["name"] for one in record["deployments"]] == ["first"]
    assert record["not_deployed"] == ["second", "third"]
    assert record["error"]["message"] == "second: frail failed: Bad gateway"


def test_an_error_of_a_composition_names_it(workspace: Workspace, breaking: FakeHost) -> None:
    composing = ComposingNotebook(Workspace.open(workspace.data_dir, "frail"))
    made = composing.compose("secondary", "sequence('a', 'b')")
    with pytest.raises(TargetFailed) as caught:
        composing.workspace.deploy(made.record.id)
    assert caught.value.message == "secondary: frail failed: Bad gateway"


def test_a_failure_at_the_first_is_only_an_error(workspace: Workspace, breaking: FakeHost) -> None:
    with pytest.raises(Exception, match="second: frail failed: Bad gateway"):
        notebook(workspace, "frail", packaged(workspace, "second"), packaged(workspace, "first"))


def test_a_package_that_is_too_large_is_found_before_the_first_is_sent(
    workspace: Workspace, hosts: dict[str, Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    (workspace.data_dir / "noise").write_bytes(random.Random(1).randbytes(40_000_000))
    cell = "%%function big\ndef big(n: int = 1):\n    return {'big': n}\n"
    request = function_request(cell, "big", includes=["noise"], root=workspace.data_dir)
    made = workspace.package(request, run_cell(cell))
    with pytest.raises(BundleError, match="'big' is too large for fra"):
        notebook(workspace, "fra", packaged(workspace, "half"), made)
    assert names_on(hosts["fra"]) == set()
