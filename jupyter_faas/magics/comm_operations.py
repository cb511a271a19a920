"""What the kernel answers to the operations of a front end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_faas.magics.cards import measure_package
from jupyter_faas.version import __version__
from jupyter_faas.workspace.results import silent

if TYPE_CHECKING:
    from jupyter_faas.magics.comm import Answer, Event
    from jupyter_faas.magics.session import NotebookSession

Asked = Mapping[str, Any]


def operations(session: NotebookSession) -> dict[str, Answer]:
    """The operations by name. An answer is an event and the bytes that go with it."""

    def hello(_: Asked) -> tuple[Event, list[bytes]]:
        identity = session.workspace.data_dir_id
        return {"event": "hello", "version": __version__, "data_dir_id": identity}, []

    def functions(_: Asked) -> tuple[Event, list[bytes]]:
        return session.functions_event(), []

    def bundle(asked: Asked) -> tuple[Event, list[bytes]]:
        record = session.workspace.package_record(str(asked.get("package")))
        # Where it is carried to, the Python that could run it is not. CleanRoomFailed is an answer.
        session.workspace.clean_rooms.test(record.id, silent)
        data = session.workspace.bundle(record.bundle).data
        return {"event": "bundle", "package": record.to_json(), "sha256": record.bundle}, [data]

    def forecast(asked: Asked) -> tuple[Event, list[bytes]] | None:
        package = str(asked.get("package"))
        for function in session.functions.values():
            known = function.output.payload["forecast"]
            if function.package == package and known["state"] != "measuring":
                return {"event": "forecast", "package": package, "forecast": known}, []
        # PackageNotFound is an answer; the measurement itself comes when it is done.
        session.workspace.package_record(package)
        session.background.add(partial(measure_package, session, package))
        return None

    return {"hello": hello, "functions": functions, "bundle": bundle, "forecast": forecast}
