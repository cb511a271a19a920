"""What a playground has to keep for itself, after a run that had to do with it all."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from jupyter_faas.playground.entities.namespaces import add_namespace
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from tests.contract.helpers.api import HELLO, Api, Target, python
from tests.contract.helpers.feeds import Feeds
from tests.contract.helpers.private import Private, private
from tests.contract.helpers.triggers import Triggers

# The files that clients read the keys from, and the playground's own.
HOLD_KEYS = {
    "key",
    "wskprops",
    "namespaces.json",
    "namespaces/neighbour.wskprops",
}
# What clients trust; it is no secret.
PUBLIC = {"ca.pem"}

WITH_KEY = "import os\ndef main(args):\n    return {'has': len(os.environ['__OW_API_KEY'])}\n"

# An action of one namespace that asks the API for what is another's, with its own key.
NOSY = """
import base64, json, os, urllib.error, urllib.request
def main(args):
    found = {}
    key = base64.b64encode(os.environ["__OW_API_KEY"].encode()).decode()
    for path in args["paths"]:
        url = os.environ["__OW_API_HOST"] + path
        request = urllib.request.Request(url, headers={"Authorization": "Basic " + key})
        try:
            with urllib.request.urlopen(request) as answer:
                found[path] = [answer.status, answer.read().decode(errors="replace")]
        except urllib.error.HTTPError as error:
            found[path] = [error.code, error.read().decode(errors="replace")]
    return {"found": found}
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Private, Api]]:
    """A playground that has been used with two keys, and its second namespace."""
    data_dir = tmp_path_factory.mktemp("secrecy")
    with private(data_dir, JUPYTER_FAAS_PLAYGROUND_TLS="1") as found:
        wskprops = add_namespace(data_dir, "neighbour")
        auth = wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
        neighbour = Api(Target(found.info.apihost, auth, is_playground=True))
        use(found.api)
        use(neighbour)
        yield found, neighbour
        neighbour.session.close()


def use(api: Api) -> None:
    """Everything that gets to see a key."""
    key = [{"key": "provide-api-key", "value": True}]
    kept = [*key, {"key": KEEP_INPUTS, "value": {"last": 10}}]
    for name, code, notes in (
        ("secret", "def main(args):\n    return {'mine': 'of " + api.target.auth[:4] + "'}\n", []),
        ("keyed", WITH_KEY, kept),
        ("failing", "import os\nprint(1)\nos._exit(1)\n", key),
        ("slow", "import time\ndef main(args):\n    time.sleep(60)\n", key),
    ):
        assert api.put(name, python(code, annotations=notes)).status_code == 200
    assert api.invoke("keyed", result=True).json() == {"has": 101}
    assert api.invoke("failing").status_code == 502
    assert api.invoke("slow", blocking=False).status_code == 202
    for bad in ("{", "[]"):
        api.request("POST", "actions/keyed", data=bad, headers={"Content-Type": "application/json"})
    stranger = Api(Target(api.target.apihost, api.target.auth[:-1] + "!", is_playground=True))
    assert stranger.get("keyed").status_code == 401
    stranger.session.close()
    namespace = api.session.get(f"{api.target.apihost}/api/v1/namespaces").json()[0]
    triggers = Triggers(api, namespace)
    feeds = Feeds(triggers)
    trigger = feeds.create("interval", minutes=600)
    triggers.rule(trigger, "keyed")
    assert triggers.fire(trigger).status_code == 202


def secrets_of(playground: Private, neighbour: Api) -> list[bytes]:
    """Every form in which a key may stand somewhere."""
    found = []
    for auth in (playground.api.target.auth, neighbour.target.auth):
        found += [auth.partition(":")[2].encode(), base64.b64encode(auth.encode())]
    return found


def test_keys_are_in_no_other_file(used: tuple[Private, Api]) -> None:
    playground, neighbour = used
    root = playground.folder.parent
    secrets = secrets_of(playground, neighbour)
    holders = {
        str(path.relative_to(playground.folder))
        for path in root.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    }
    assert holders == HOLD_KEYS


def test_keys_are_in_no_record(used: tuple[Private, Api]) -> None:
    playground, neighbour = used
    for api in (playground.api, neighbour):
        records = api.activations(limit=200, docs=True).text.encode()
        assert not any(secret in records for secret in secrets_of(playground, neighbour))


def test_keys_are_in_no_process_but_those_that_asked(used: tuple[Private, Api]) -> None:
    playground, neighbour = used
    playground.api.put("keyless", python(HELLO))
    playground.api.invoke("keyless")
    server = psutil.Process(playground.info.pid)
    secrets = secrets_of(playground, neighbour)
    for process in (server, *server.children(recursive=True)):
        arguments = " ".join(process.cmdline()).encode()
        environment = json.dumps(process.environ()).encode()
        assert not any(secret in arguments + environment for secret in secrets)


def test_only_the_owner_can_read(used: tuple[Private, Api]) -> None:
    playground, _ = used
    folder = playground.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    open_to_others = {
        str(path.relative_to(folder)): oct(stat.S_IMODE(path.lstat().st_mode))
        for path in folder.rglob("*")
        if path.lstat().st_mode & 0o077
        and not path.is_symlink()
        # What actions write is as open as they like, in a folder that is closed.
        and "code" not in path.relative_to(folder).parents[0].parts[:1]
    }
    assert stat.S_IMODE((folder / "code").stat().st_mode) == 0o700
    assert open_to_others.keys() == PUBLIC


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/neighbour/actions/secret",
        "/api/v1/namespaces/neighbour/actions/secret?code=true",
        "/api/v1/namespaces/neighbour/actions",
        "/api/v1/namespaces/neighbour/triggers",
        "/api/v1/namespaces/neighbour/activations?docs=true",
        "/api/v1/namespaces/guest/actions/../../neighbour/actions/secret",
        "/api/v1/namespaces/guest/actions/..%2f..%2fneighbour%2factions%2fsecret",
        "/api/v1/namespaces/_/../neighbour/actions/secret",
        "/faas/models/..%2fkey",
        "/faas/models/%2e%2e/key",
        "/key",
        "/../key",
        "/wskprops",
        "/api/v1/web/neighbour/default/secret.json",
    ],
)
def test_action_cannot_read_what_is_not_its_own(used: tuple[Private, Api], path: str) -> None:
    playground, neighbour = used
    body = python(NOSY, annotations=[{"key": "provide-api-key", "value": True}])
    playground.api.put("nosy", body, overwrite=True)
    answer = playground.api.invoke("nosy", {"paths": [path]}, result=True)
    status, text = answer.json()["found"][path]
    assert status in (400, 401, 403, 404, 405), text
    assert "of " + neighbour.target.auth[:4] not in text
    assert not any(secret.decode() in text for secret in secrets_of(playground, neighbour))


def test_the_records_of_others_are_not_there(used: tuple[Private, Api]) -> None:
    playground, neighbour = used
    theirs: list[dict[str, Any]] = neighbour.activations().json()
    assert theirs
    for each in theirs:
        assert playground.api.activation(each["activationId"]).status_code == 404
        assert playground.api.activation(each["activationId"], "/logs").status_code == 404
