"""A developer's road: from an exported project to calls, in a folder and a Python without Jupyter.

Export, deploy with plain HTTP from manifest.yaml, generate a client from the OpenAPI document with
PyPI's ``openapi-python-client``, call.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import Workspace
from tests.cli.conftest import Program, program
from tests.cli.helpers import notebooks
from tests.clients.helpers.pypi import pip_install
from tests.clients.helpers.target import Target
from tests.clients.helpers.terminal import Terminal

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

PROGRAM = Path(__file__).parent / "programs" / "deploy_manifest.py"
GENERATOR = "openapi-python-client==0.29.1"

IRIS = notebooks.IRIS.replace("--sample X", "--sample X --web --package flowers")
SIGN = '''\
%%function sign --web --param key=hush --annotation require-whisk-auth=pssst
from typing import TypedDict

class Signed(TypedDict):
    signed: str
    times: int

def sign(words: str, key: str, times: int = 1) -> Signed:
    """Sign words."""
    return {"signed": f"{words} {len(key)}", "times": times}
'''
FLOW = "%%composition twice\nsequence('flowers/iris', lambda p: {'words': p['species']}, 'sign')"

CALLS = """\
import json, sys
from {client} import Client
from {client}.api.flowers import flowers_iris
from {client}.api.default import sign
from {client}.models import FlowersIrisParameters, Refusal, SignParameters
from {client}.models import SignResult

client = Client(base_url=sys.argv[1], headers={{"X-Require-Whisk-Auth": "pssst"}})
flower = FlowersIrisParameters(
    sepal_length=5.1, sepal_width=3.5, petal_length=1.4, petal_width=0.2
)
signed = sign.sync(client=client, body=SignParameters(words="Ada", times=2))
assert isinstance(signed, SignResult), signed
wrong = SignParameters.from_dict({{"words": 5}})
refused = sign.sync(client=client, body=wrong)
assert isinstance(refused, Refusal), refused
stranger = sign.sync_detailed(client=Client(base_url=sys.argv[1]), body=wrong)
print(json.dumps({{
    "species": flowers_iris.sync(client=client, body=flower).to_dict()["species"],
    "signed": signed.signed,
    "times": signed.times,
    "refused": refused.body.error,
    "stranger": stranger.status_code,
}}))
"""


@dataclass(frozen=True)
class Developer:
    """A folder with the project alone, and a Python that has the generator and PyYAML."""

    project: Path
    bin: Path
    terminal: Terminal

    def python(self, *words: str | Path, code: int = 0) -> str:
        done = self.terminal.run(self.bin / "python", *words, cwd=self.project, code=code)
        return done.stdout

    def client_of(self, document: str) -> str:
        """The name of a package that the generator made of a document, in the project's folder."""
        name = f"client_{document.removesuffix('.json')}"
        command = (self.bin / "openapi-python-client", "generate", "--path", document)
        words = ("--meta", "none", "--output-path", name, "--fail-on-warning")
        self.terminal.run(*command, *words, cwd=self.project)
        return name


@pytest.fixture(scope="module")
def developer(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Developer:
    """Who got the folder that ``jupyter faas export`` has written elsewhere."""
    scientist = tmp_path_factory.mktemp("scientist")
    cells = (notebooks.LOAD, notebooks.TRAIN, IRIS, SIGN, FLOW)
    path = notebooks.write(scientist / "flowers.ipynb", *cells)
    faas = program(scientist)
    done = faas("export", path, scientist / "project")
    assert done.code == 0, done.err
    shutil.copytree(scientist / "project", home / "project")
    shutil.rmtree(scientist)
    bin_ = pip_install(GENERATOR, "pyyaml==6.0.2") / "bin"
    # The generator formats with ruff, which it looks for on the PATH.
    variables = {"PATH": f"{bin_}:{os.environ['PATH']}", "SIGN_KEY": "hush"}
    variables["SIGN_REQUIRE_WHISK_AUTH"] = "pssst"
    return Developer(home / "project", bin_, Terminal(home, variables))


@pytest.fixture(scope="module")
def deployed(developer: Developer, target: Target) -> str:
    """What the deployer printed: all is on the host then."""
    variables = {**developer.terminal.variables, "AUTH": target.auth}
    words = (developer.bin / "python", PROGRAM, target.apihost)
    return Terminal(developer.terminal.home, variables).run(*words, cwd=developer.project).stdout


def test_python_has_no_jupyter(developer: Developer) -> None:
    for name in ("jupyter_core", "IPython", "jupyter_faas"):
        developer.python("-c", f"import {name}", code=1)


def test_manifest_is_deployed_with_plain_http(deployed: str) -> None:
    assert deployed.splitlines() == [
        "packages flowers 0.0.1",
        "actions flowers/iris 0.0.1",
        "actions sign 0.0.1",
        "actions twice 0.0.1",
    ]


def test_generated_client_calls_it(developer: Developer, deployed: str, target: Target) -> None:
    client = developer.client_of("openapi.json")
    (developer.project / "calls.py").write_text(CALLS.format(client=client), "utf-8")
    said = developer.python("calls.py", f"{target.apihost}/api/v1/web/guest")
    assert json.loads(said) == {
        "species": "setosa",
        "signed": "Ada 4",
        "times": 2,
        "refused": "words must be a string, not 5",
        "stranger": 401,
    }


def test_a_run_leads_back_to_the_cell_of_the_notebook(
    developer: Developer, deployed: str, target: Target
) -> None:
    manifest = (developer.project / "manifest.yaml").read_text("utf-8")
    with target.api() as api:
        flower = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
        record = api.invoke("flowers/iris", flower, blocking=True).json()
    workspace = Workspace.open(target.data_dir, target="playground")
    found = workspace.sessions.session(record["activationId"])
    assert found.notebook == "flowers.ipynb"
    assert found.cell_id is not None
    assert found.cell_id in manifest


def test_composition_runs_with_the_key(deployed: str, target: Target) -> None:
    with target.api() as api:
        flower = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
        answer = api.invoke("twice", flower, blocking=True, result=True)
    assert answer.json() == {"signed": "setosa 4", "times": 1}


def test_client_of_the_targets_own_document_calls_it(
    developer: Developer, deployed: str, target: Target
) -> None:
    environ = {**program(target.data_dir).environ, "JUPYTER_FAAS_DATA_DIR": str(target.data_dir)}
    path = developer.project / "target.json"
    done = Program(target.data_dir, environ)("openapi", "--output", path)
    assert done.code == 0, done.err
    document: Any = json.loads(path.read_text("utf-8"))
    client = developer.client_of("target.json")
    (developer.project / "calls.py").write_text(CALLS.format(client=client), "utf-8")
    said = developer.python("calls.py", document["servers"][0]["url"])
    assert json.loads(said)["signed"] == "Ada 4"
