"""The requests that ``wskdeploy`` sends for a manifest, in its order and with its bodies.

The tool is a Go program that no package registry has, so this does what its sources do
(``deployers/servicedeployer.go`` and ``parsers/manifest_parser.go`` of apache/openwhisk-wskdeploy,
``whisk/*.go`` of apache/openwhisk-client-go). A reply with an error status is a ``Refused``, as it
ends the tool.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import yaml

from tests.clients.helpers.target import Target
from tests.contract.helpers.api import TIMEOUT_S, Api

MANAGED = "whisk-managed"
WEB_FLAGS = {
    "yes": {"web-export": True, "raw-http": False, "final": True},
    "raw": {"web-export": True, "raw-http": True, "final": True},
    "no": {"web-export": False, "raw-http": False, "final": False},
}
LIMITS = {"timeout": "timeout", "memorySize": "memory", "logSize": "logs"}

Entity = dict[str, Any]


class Refused(Exception):
    """What the tool prints before it stops: the status and the text of the reply."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status}: {error}")
        self.status = status


@dataclass
class Wskdeploy:
    """The tool with the key of one namespace. ``sent`` lists the requests: method and path."""

    target: Target
    api: Api
    sent: list[tuple[str, str]] = field(default_factory=list)

    def deploy(self, manifest: str, files: Mapping[str, str], sync: bool = False) -> None:
        """``wskdeploy``, and with ``sync`` ``wskdeploy sync``, which removes what went."""
        self._check_runtimes(manifest)
        project = Project(manifest, files, self.target, sync)
        for name, package in project.packages.items():
            self._put("packages", name, package)
        for label, dependency in project.dependencies():
            self._dependency(label, dependency, files, sync)
        for name, action in project.actions():
            self._put("actions", name, action)
        for name, trigger in project.triggers():
            self._trigger(name, trigger)
        for name, rule in project.rules():
            self._put("rules", name, rule)
            self._request("POST", f"rules/{name}", json={"status": "active"})
        for api in project.apis():
            query = {"accesstoken": "any", "responsetype": "http", "spaceguid": self._user}
            self._management("POST", "createApi", query, {"apidoc": api})
        if sync:
            self._remove_others(project)

    def undeploy(self, manifest: str, files: Mapping[str, str]) -> None:
        """``wskdeploy undeploy``: asks for each entity, and deletes those that are there."""
        project = Project(manifest, files, self.target, managed=False)
        for api in project.apis():
            query = {"basepath": api["gatewayBasePath"], "spaceguid": self._user}
            if self._management("GET", "getApi", query)["apis"]:
                query |= {"relpath": api["gatewayPath"], "operation": api["gatewayMethod"]}
                self._management("DELETE", "deleteApi", query)
        for name, _ in project.rules():
            self._delete("rules", name)
        for name, trigger in project.triggers():
            if "feed" in _valued(trigger) and self._exists("triggers", name):
                self._feed(name, trigger, "DELETE")
            self._delete("triggers", name)
        for name, _ in reversed(list(project.actions())):
            self._delete("actions", name)
        for name in project.packages:
            self._delete("packages", name)
        for label, dependency in project.dependencies():
            if not dependency["location"].startswith("/"):
                own = files[dependency["location"]]
                if label not in Project(own, files, self.target, managed=False).packages:
                    self._delete("packages", label)
                self.undeploy(own, files)
            else:
                self._request("DELETE", f"packages/{label}")

    # -- one kind of entity each ------------------------------------------------------------------

    def _dependency(
        self, label: str, dependency: Entity, files: Mapping[str, str], sync: bool
    ) -> None:
        location = dependency["location"]
        if location.startswith("/"):
            namespace, name = location.strip("/").split("/")
        else:
            self.deploy(files[location], files, sync)
            (name,) = Project(files[location], files, self.target, sync).packages
            namespace = "_"
            if name == label:
                return
        body = {
            "publish": False,
            "binding": {"namespace": namespace, "name": name},
            **_lists(dependency),
        }
        self._put("packages", label, body)

    def _trigger(self, name: str, trigger: Entity) -> None:
        if "feed" not in _valued(trigger):
            self._put("triggers", name, trigger)
            return
        if self._exists("triggers", name):
            self._feed(name, trigger, "DELETE")
        bare = {"annotations": trigger["annotations"], "publish": True, "name": name}
        self._put("triggers", name, bare)
        try:
            self._feed(name, trigger, "CREATE")
        except Refused:
            self._request("DELETE", f"triggers/{name}")
            raise

    def _feed(self, name: str, trigger: Entity, event: str) -> None:
        namespace, feed = _valued(trigger)["feed"].strip("/").split("/", 1)
        given = trigger.get("parameters", []) if event == "CREATE" else []
        body = {each["key"]: each["value"] for each in given} | {
            "authKey": self.target.auth,
            "lifecycleEvent": event,
            "triggerName": f"/_/{name}",
        }
        path = f"/namespaces/{namespace}/actions/{feed}"
        query = {"blocking": "true", "result": "false"}
        self._send("POST", path, params=query, json=body)

    def _remove_others(self, project: Project) -> None:
        """What an earlier deployment of this project made, and this one did not."""
        for collection in ("triggers", "rules"):
            for each in self._list(collection):
                if project.owned_before(each):
                    self._request("DELETE", f"{collection}/{each['name']}")
        for package in self._list("packages"):
            if MANAGED not in _valued(package):
                continue
            for action in self._list(f"actions/{package['name']}/"):
                if project.owned_before(action):
                    self._request("DELETE", f"actions/{package['name']}/{action['name']}")
            if project.owned_before(package):
                self._request("DELETE", f"packages/{package['name']}")
        for name, body in project.packages.items():
            self._put("packages", name, body)

    def _check_runtimes(self, manifest: str) -> None:
        """Refuse kinds that the host does not list, before anything is sent."""
        runtimes = self.api.session.get(f"{self.target.apihost}/", timeout=TIMEOUT_S).json()
        listed = {each["kind"] for kinds in runtimes["runtimes"].values() for each in kinds}
        for package in _packages(yaml.safe_load(manifest)).values():
            for action in (package.get("actions") or {}).values():
                kind = action.get("runtime", "")
                if kind and kind.partition(":")[2] != "default" and kind not in listed:
                    raise Refused(0, f"Invalid or missing runtime [{kind}]")

    # -- the wire ---------------------------------------------------------------------------------

    @property
    def _user(self) -> str:
        return self.target.auth.partition(":")[0]

    def _put(self, collection: str, name: str, body: Entity) -> None:
        self._request("PUT", f"{collection}/{name}?overwrite=true", json=body)

    def _exists(self, collection: str, name: str) -> bool:
        try:
            suffix = "?code=false" if collection == "actions" else ""
            self._request("GET", f"{collection}/{name}{suffix}")
        except Refused as refused:
            assert refused.status == 404, refused
            return False
        return True

    def _delete(self, collection: str, name: str) -> None:
        if self._exists(collection, name):
            self._request("DELETE", f"{collection}/{name}")

    def _list(self, path: str) -> Any:
        return self._request("GET", f"{path}?limit=0&skip=0")

    def _request(self, method: str, path: str, **options: Any) -> Any:
        return self._send(method, f"/namespaces/_/{path}", **options)

    def _management(self, method: str, name: str, query: Entity, body: Entity | None = None) -> Any:
        path = f"/web/whisk.system/apimgmt/{name}.http"
        return self._send(method, path, params=query, json=body)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        self.sent.append((method, path))
        url = f"{self.target.apihost}/api/v1{path}"
        response = self.api.session.request(method, url, timeout=TIMEOUT_S, **options)
        if response.status_code >= 400:
            raise Refused(response.status_code, response.text)
        return response.json() if response.text.startswith(("{", "[")) else None


class Project:
    """A manifest as the tool reads it: the body of each entity, by the name it is sent under."""

    def __init__(
        self, manifest: str, files: Mapping[str, str], target: Target, managed: bool
    ) -> None:
        document = yaml.safe_load(manifest)
        self._packages = _packages(document)
        self._files = files
        self._target = target
        self._mark: Entity = {}
        if managed:
            self._mark = {
                MANAGED: {
                    "__OW_PROJECT_NAME": document["project"]["name"],
                    "__OW_PROJECT_HASH": hashlib.sha1(manifest.encode()).hexdigest(),
                    "__OW_FILE": "manifest.yaml",
                }
            }
        self.packages = {
            name: self._entity(package)
            for name, package in self._packages.items()
            if name != "default"
        }

    def owned_before(self, entity: Entity) -> bool:
        mark, own = _valued(entity).get(MANAGED, {}), self._mark[MANAGED]
        name, digest = "__OW_PROJECT_NAME", "__OW_PROJECT_HASH"
        return bool(mark) and mark[name] == own[name] and mark[digest] != own[digest]

    def dependencies(self) -> Iterator[tuple[str, Entity]]:
        for package in self._packages.values():
            yield from (package.get("dependencies") or {}).items()

    def actions(self) -> Iterator[tuple[str, Entity]]:
        """Actions, then sequences."""
        for package, section in self._packages.items():
            for name, entry in (section.get("actions") or {}).items():
                yield _inside(package, name), self._action(entry)
        for package, section in self._packages.items():
            for name, entry in (section.get("sequences") or {}).items():
                names = [each.strip() for each in entry["actions"].split(",")]
                components = [
                    each if each.startswith("/") else f"/_/{_inside(package, each)}"
                    for each in names
                ]
                body = self._entity(entry, _web(entry))
                yield (
                    _inside(package, name),
                    body | {"exec": {"kind": "sequence", "components": components}},
                )

    def triggers(self) -> Iterator[tuple[str, Entity]]:
        for section in self._packages.values():
            for name, entry in (section.get("triggers") or {}).items():
                feed = {"feed": entry["feed"]} if "feed" in entry else {}
                yield name, self._entity(entry, feed)

    def rules(self) -> Iterator[tuple[str, Entity]]:
        for package, section in self._packages.items():
            for name, entry in (section.get("rules") or {}).items():
                action = entry["action"]
                if "/" not in action:
                    action = _inside(package, action)
                body = self._entity(entry)
                yield name, body | {"trigger": f"/_/{entry['trigger']}", "action": f"/_/{action}"}

    def apis(self) -> Iterator[Entity]:
        for package, section in self._packages.items():
            for name, bases in (section.get("apis") or {}).items():
                for base, paths in bases.items():
                    for path, methods in paths.items():
                        for action, method in methods.items():
                            yield self._api(package, name, (base, path, method), action)

    def _api(self, package: str, name: str, route: tuple[str, str, str], action: str) -> Entity:
        base, path, method = route
        annotations = self._packages[package]["actions"][action].get("annotations", {})
        secret = annotations.get("require-whisk-auth")
        url = f"https://{self._target.host}/api/v1/web/_/{quote(package)}/{action}.http"
        called = {
            "name": _inside(package, action),
            "namespace": "_",
            "backendMethod": method.upper(),
            "backendUrl": url,
            "authkey": self._target.auth,
        }
        return {
            "namespace": "_",
            "apiName": name,
            "gatewayBasePath": f"/{base.lstrip('/')}",
            "gatewayPath": f"/{path.lstrip('/')}",
            "gatewayMethod": method.upper(),
            "id": f"API:_:/{path.lstrip('/')}",
            "action": called | ({} if secret is None else {"secureKey": secret}),
        }

    def _action(self, entry: Entity) -> Entity:
        exec_ = {"kind": entry.get("runtime", "python:default")}
        if "docker" in entry:
            exec_ = {"kind": "blackbox", "image": entry["docker"]}
        if "function" in entry:
            exec_["code"] = self._files[entry["function"]]
        if "main" in entry:
            exec_["main"] = entry["main"]
        flags = _web(entry) | ({"conductor": True} if entry.get("conductor") else {})
        body = self._entity(entry, flags) | {"exec": exec_}
        limits = {LIMITS[key]: value for key, value in entry.get("limits", {}).items()}
        return body | ({"limits": limits} if limits else {})

    def _entity(self, entry: Entity, annotations: Entity | None = None) -> Entity:
        """What all have. The namespace and the name of the path may stand in the body, too."""
        own = (annotations or {}) | entry.get("annotations", {}) | self._mark
        body = {"publish": entry.get("public", False), **_lists({**entry, "annotations": own})}
        return body | ({"version": str(entry["version"])} if "version" in entry else {})


def _packages(document: Any) -> dict[str, Any]:
    holder = document.get("project", document)
    return holder.get("packages") or {}


def _inside(package: str, name: str) -> str:
    return name if package == "default" or "/" in name else f"{package}/{name}"


def _web(entry: Entity) -> Entity:
    """The annotations of ``web``: yes, no or raw. YAML reads the first two as truths."""
    if "web" not in entry:
        return {}
    flag = entry["web"]
    return WEB_FLAGS["raw" if flag == "raw" else "yes" if flag else "no"]


def _lists(entry: Entity) -> Entity:
    """``inputs`` and ``annotations`` as lists; what is empty is left out."""
    found = {}
    for key, source in (("parameters", "inputs"), ("annotations", "annotations")):
        values = {
            name: value["value"] if source == "inputs" and isinstance(value, dict) else value
            for name, value in entry.get(source, {}).items()
        }
        if values:
            found[key] = [{"key": name, "value": value} for name, value in values.items()]
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def _valued(entity: Entity) -> Entity:
    return {each["key"]: each["value"] for each in entity.get("annotations", [])}
