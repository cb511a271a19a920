"""The road through the program: a notebook with a model, deployed once for all tests here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.client import Client, read_wskprops
from tests.cli.conftest import Done, Program, program, stop_playground
from tests.cli.helpers import notebooks
from tests.workspace.helpers.samples import assert_same_shape, sample

MEASURES = ["sepal_length=5.1", "sepal_width=3.5", "petal_length=1.4", "petal_width=0.2"]


# No list is that long, so the call fails.
TOO_OFTEN = '{"name": "Ada", "times": 100000000000000000000}'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program whose data folder all tests of this file share."""
    found = program(tmp_path_factory.mktemp("road"))
    yield found
    stop_playground(found.data_dir)


@pytest.fixture(scope="module")
def notebook(place: Program) -> Path:
    """The notebook; it holds remote verbs too, which must be inert."""
    path = place.data_dir.parent / "flowers.ipynb"
    cells = (notebooks.LOAD, notebooks.TRAIN, notebooks.IRIS, notebooks.GREET, notebooks.REMOTE)
    return notebooks.write(path, *cells)


@pytest.fixture(scope="module")
def deployed(place: Program, notebook: Path) -> Done:
    """What deploying it said."""
    return place("deploy", notebook, "--json")


@pytest.fixture(scope="module")
def brief(place: Program) -> Path:
    """A notebook that runs quickly."""
    cell = "%%function brief\ndef brief(): return {'ok': True}"
    return notebooks.write(place.data_dir.parent / "brief.ipynb", notebooks.LOAD, cell)


@pytest.fixture
def faas(place: Program, deployed: Done) -> Program:
    """The program after the deployment."""
    assert deployed.code == 0, deployed.err
    return place


@pytest.fixture
def client(faas: Program) -> Iterator[Client]:
    """Another client of the same target, as other tools are."""
    found = Client(read_wskprops(faas.data_dir / "playground" / "wskprops"))
    yield found
    found.close()


def test_deploy_puts_each_function_on_the_target_once(faas: Program, deployed: Done) -> None:
    assert deployed.json["notebook"] == "flowers.ipynb"
    iris, greet = deployed.json["deployments"]
    assert (iris["name"], greet["name"]) == ("iris", "greet")
    assert_same_shape(iris, sample("deployment"))
    # Had the notebook's own %faas deploy not been inert, this would be the second version.
    assert iris["version"] == "0.0.1"


def test_deploy_tells_progress_on_stderr(faas: Program, deployed: Done) -> None:
    assert "of flowers.ipynb…\n" in deployed.err


def test_deploy_again_sends_the_same_bundle_only_by_force(
    faas: Program, brief: Path, client: Client
) -> None:
    before = brief.read_bytes()
    done = faas("deploy", brief)
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert line.startswith("Deployed brief 0.0.1 to Local playground (")
    assert line.endswith("/api/v1/namespaces/_/actions/brief")
    first = client.get_action("brief").annotation("faas-bundle")
    assert faas("deploy", brief).out.startswith("Nothing to deploy: brief 0.0.1 on ")
    (again,) = faas("deploy", brief, "--force", "--json").json["deployments"]
    assert (again["version"], again["bundle"]) == ("0.0.2", first)
    assert brief.read_bytes() == before


def test_deploy_of_a_function_that_the_notebook_has_not(faas: Program, brief: Path) -> None:
    done = faas("deploy", brief, "--function", "rose")
    assert done.code == 2
    assert (
        "Error: brief.ipynb does not define these functions: rose.\nIt defines: brief.\n"
        in done.err
    )


def test_invoke_shows_the_result_and_a_status_line(faas: Program) -> None:
    done = faas("invoke", "iris", *MEASURES)
    assert done.code == 0
    result, line = done.out.splitlines()
    assert json.loads(result)["species"] == "setosa"
    words = line.split(" · ")
    assert words[0] == "success"
    assert words[2] in ("cold", "warm")
    assert words[-2].startswith("$")
    assert words[-2].endswith(" per million")
    assert len(words[-1]) == 32


def test_invoke_as_json_is_the_activation(faas: Program) -> None:
    record = faas("invoke", "iris", *MEASURES, "--json").json
    free = ("result", "annotations")
    wanted = sample("activation")
    assert list(record) == list(wanted)
    made, wanted = ({k: v for k, v in one.items() if k not in free} for one in (record, wanted))
    assert_same_shape(made, wanted)


def test_invoke_for_the_result_alone(faas: Program) -> None:
    done = faas("invoke", "greet", "--result", "name=12", "times=2")
    assert done.code == 0
    # By the signature 12 is a name, not a number.
    assert done.json == {"greeting": "Hello 12, Hello 12"}


def test_invoke_with_json_and_pairs(faas: Program) -> None:
    params = json.dumps({"name": "Ada", "times": 3})
    done = faas("invoke", "greet", "times=1", "--params-json", params, "--result")
    assert done.json == {"greeting": "Hello Ada"}


def test_invoke_with_a_value_of_another_type(faas: Program) -> None:
    done = faas("invoke", "greet", "name=Ada", "times=often")
    assert done.code == 2
    assert done.error == "Error: times must be a whole number, not 'often'.\n"


def test_invoke_without_a_required_parameter(faas: Program) -> None:
    done = faas("invoke", "greet")
    assert done.code == 2
    assert done.error == (
        "Error: greet needs name (a string).\nThe signature is greet(name: str, times: int = 1)\n"
    )


def test_invoke_with_a_value_of_the_wrong_type(faas: Program) -> None:
    done = faas("invoke", "greet", "--params-json", '{"name": 1}')
    assert done.code == 2
    assert done.error == (
        "Error: name must be a string, not 1.\nThe signature is greet(name: str, times: int = 1)\n"
    )


def test_invoke_that_fails(faas: Program) -> None:
    done = faas("invoke", "greet", "--params-json", TOO_OFTEN)
    assert done.code == 1
    assert "OverflowError" in done.out
    assert "\napplication error · " in done.out


def test_invoke_that_fails_for_the_result_alone(faas: Program) -> None:
    done = faas("invoke", "greet", "--result", "--params-json", TOO_OFTEN)
    assert done.code == 1
    assert "cannot fit" in done.json["error"]


@pytest.mark.parametrize("pairs", [[], ["x=1"]], ids=["bare", "pairs"])
def test_invoke_of_a_function_that_there_is_not(faas: Program, pairs: list[str]) -> None:
    done = faas("invoke", "garden/rose", *pairs)
    assert done.code == 4
    assert done.error == (
        "Error: There is no action 'garden/rose' on Local playground.\n"
        "Deploy it first: jupyter faas deploy NOTEBOOK.ipynb\n"
    )
    assert "%faas" not in done.err


def test_invoke_of_a_misspelled_function(faas: Program) -> None:
    done = faas("invoke", "great", "name=Ada")
    assert done.code == 4
    assert done.error == (
        "Error: There is no action 'great' on Local playground.\n"
        "Did you mean greet? Deploy it first: jupyter faas deploy NOTEBOOK.ipynb\n"
    )


def test_activations_are_a_table(faas: Program) -> None:
    ran = faas("invoke", "greet", "name=Ada", "--json").json
    done = faas("activations", "--name", "greet", "--limit", "1")
    head, row = done.out.splitlines()
    assert head.split() == ["NAME", "STATUS", "START", "DURATION", "COST", "WHEN", "ID"]
    assert row.split()[:3] == ["greet", "success", "warm" if not ran["cold"] else "cold"]
    assert f"{ran['cost_text']} per million" in row
    assert row.endswith(ran["id"])


def test_activations_as_json(faas: Program) -> None:
    ran = faas("invoke", "greet", "name=Ada", "--json").json
    found = faas("activations", "--json", "--limit", "2").json["activations"]
    assert len(found) == 2
    assert found[0]["id"] == ran["id"]
    assert_same_shape(found, sample("activations")["activations"])


def test_activations_of_a_function_that_is_not_there(faas: Program) -> None:
    done = faas("activations", "--name", "greeet")
    assert (done.code, done.out) == (4, "")
    assert "no function 'greeet'" in done.err
    assert "Did you mean greet?" in done.err


def test_logs(faas: Program) -> None:
    ran = faas("invoke", "greet", "name=Ada", "--json").json
    done = faas("logs", ran["id"])
    assert done.code == 0
    assert done.out.endswith("stdout: greeting Ada\n")
    assert faas("logs", ran["id"], "--json").json == {"id": ran["id"], "logs": ran["logs"]}


def test_logs_of_an_activation_that_there_is_not(faas: Program) -> None:
    assert faas("logs", "0" * 32).code == 4


def test_remove(faas: Program, client: Client) -> None:
    action = {"exec": {"kind": "python:default", "code": "def main(args): return args"}}
    client.put_action("short_lived", action)
    done = faas("remove", "short_lived")
    assert (done.code, done.out) == (0, "Removed short_lived.\n")
    assert faas("remove", "short_lived").code == 4


def test_playground_start_finds_the_running_one_and_its_wskprops(
    faas: Program, client: Client
) -> None:
    done = faas("playground", "start", "--json")
    assert done.code == 0
    assert done.json["already_running"]
    assert read_wskprops(Path(done.json["wskprops"])).apihost == done.json["apihost"]
    assert client.get_action("iris").name == "iris"


def test_no_output_holds_the_key(faas: Program, deployed: Done) -> None:
    wskprops = faas.data_dir / "playground" / "wskprops"
    key = wskprops.read_text("utf-8").split("AUTH=")[1].split()[0]
    outputs = [deployed, faas("playground", "status"), faas("target", "--json")]
    assert all(part not in done.out + done.err for done in outputs for part in key.split(":"))
