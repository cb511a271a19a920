"""The operations that front ends may request over the comm: hello, functions, bundle, forecast,
target.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_faas.magics.cards import measure_cold_start
from jupyter_faas.version import __version__
from jupyter_faas.workspace.results import silent

if TYPE_CHECKING:
    from jupyter_faas.magics.comm import Answer, Event
    from jupyter_faas.magics.session import NotebookSession

Request = Mapping[str, Any]


def operations(session: NotebookSession) -> dict[str, Answer]:
    """Return the operations of a session by name."""

    def hello(_: Request) -> tuple[Event, list[bytes]]:
        identity = session.workspace.data_dir_id
        event = {
            "event": "hello",
            "version": __version__,
            "data_dir_id": identity,
            "target": session.target,
            # The front end then records it, even if the notebook recorded another target before.
            "unrecorded": session.unrecorded_target,
        }
        session.unrecorded_target = False
        return event, []

    def target(request: Request) -> None:
        name = request.get("name")
        session.set_target(None if name is None else str(name))

    def functions(_: Request) -> tuple[Event, list[bytes]]:
        return session.functions_event(), []

    def bundle(request: Request) -> tuple[Event, list[bytes]]:
        record = session.workspace.package_record(str(request.get("package")))
        # The front end sends the bundle to a server that may not have this Python environment, so
        # the package is tested here. The comm sends a CleanRoomFailed as the answer.
        session.workspace.clean_rooms.test(record.id, silent)
        data = session.workspace.bundle(record.bundle).data
        return {"event": "bundle", "package": record.to_json(), "sha256": record.bundle}, [data]

    def forecast(request: Request) -> tuple[Event, list[bytes]] | None:
        package = str(request.get("package"))
        for function in session.functions.values():
            found = function.output.payload["forecast"]
            if function.package == package and found["state"] != "measuring":
                return {"event": "forecast", "package": package, "forecast": found}, []
        # This line only checks the id. The comm sends a PackageNotFound as the answer. The
        # measurement follows later in a separate event.
        session.workspace.package_record(package)
        target = next(
            (
                function.output.payload["target"]["name"]
                for function in session.functions.values()
                if function.package == package
            ),
            session.workspace.target_name,
        )
        session.background.add(partial(measure_cold_start, session, package, target))
        return None

    return {
        "hello": hello,
        "functions": functions,
        "bundle": bundle,
        "forecast": forecast,
        "target": target,
    }
