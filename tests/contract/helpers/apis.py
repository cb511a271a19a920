"""Making APIs as clients do: by calling the web actions of ``/whisk.system/apimgmt``."""

from __future__ import annotations

from typing import Any

import requests

from tests.contract.helpers.api import TIMEOUT_S, Api


class Apis:
    """The APIs of the namespace of a key; every method gives the raw response."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.made: list[str] = []

    def call(self, method: str, name: str, **options: Any) -> requests.Response:
        url = f"{self.api.target.apihost}/api/v1/web/whisk.system/apimgmt/{name}"
        return self.api.session.request(method, url, timeout=TIMEOUT_S, **options)

    def create(self, body: dict[str, Any], **query: str) -> requests.Response:
        return self.call("POST", "createApi", json=body, params=query)

    def get(self, **query: str) -> requests.Response:
        return self.call("GET", "getApi", params=query)

    def delete(self, **query: str) -> requests.Response:
        return self.call("DELETE", "deleteApi", params={"force": "true", **query})

    def route(
        self,
        base_path: str,
        path: str,
        method: str,
        action: str,
        responsetype: str = "json",
        **more: Any,
    ) -> str:
        """Add a route; give the URL of the API. It is deleted at the end."""
        in_action = {key: more.pop(key) for key in ("secureKey",) if key in more}
        apidoc = {
            "namespace": "_",
            "gatewayBasePath": base_path,
            "gatewayPath": path,
            "gatewayMethod": method,
            "id": f"API:_:{base_path}",
            "action": {
                "name": action,
                "namespace": "_",
                "backendMethod": "GET",
                "backendUrl": f"{self.api.target.apihost}/api/v1/web/_/default/{action}.http",
                "authkey": self.api.target.auth,
                **in_action,
            },
            **more,
        }
        return self.url(self.create({"apidoc": apidoc}, responsetype=responsetype))

    def url(self, made: requests.Response) -> str:
        assert made.status_code == 200, made.text
        self.made.append(made.json()["apidoc"]["basePath"])
        url = made.json()["gwApiUrl"]
        assert isinstance(url, str)
        return url

    def close(self) -> None:
        for base_path in set(self.made):
            self.delete(basepath=base_path)
