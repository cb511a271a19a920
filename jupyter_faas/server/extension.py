"""The Jupyter server extension ``FaasExtension``, with its options and its routes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp, ExtensionAppJinjaMixin
from traitlets import Bool, Unicode

from jupyter_faas.errors import FaasError
from jupyter_faas.server.handlers import ROUTES
from jupyter_faas.server.runner import SETTING, WorkspaceRunner


class FaasExtension(ExtensionAppJinjaMixin, ExtensionApp):
    """The Jupyter server extension, with the routes below ``faas/``."""

    name = "jupyter_faas"
    load_other_extensions = True
    template_paths = [str(Path(__file__).parent / "templates")]  # noqa: RUF012 - a trait, not state

    # The name is not data_dir, because JupyterApp has an option of that name with another meaning.
    data_folder = Unicode(
        "",
        config=True,
        help="The folder for packages, settings and the playground. If empty: "
        "$JUPYTER_FAAS_DATA_DIR, or else the folder faas in Jupyter's data folder.",
    )
    autostart_playground = Bool(
        False,
        config=True,
        help="Start the local playground when the server starts, instead of when it is first used.",
    )

    def initialize_settings(self) -> None:
        """Make the workspace available to handlers. The first request opens the workspace."""
        folder = Path(self.data_folder).expanduser() if self.data_folder else None
        self.settings[SETTING] = WorkspaceRunner(folder)

    def initialize_handlers(self) -> None:
        """Add the routes of all resources."""
        self.handlers.extend(ROUTES)

    # jupyter_server calls this after the event loop has started.
    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        if self.autostart_playground:
            # Keep a reference, because the event loop holds tasks weakly.
            self._autostart = asyncio.ensure_future(self._start_playground())

    async def _start_playground(self) -> None:
        runner: WorkspaceRunner = self.settings[SETTING]
        try:
            await runner.run(lambda workspace: workspace.playground.start())
        # A playground that fails to start must not stop the Jupyter server.
        except FaasError as error:
            self.log.warning("jupyter_faas: the playground did not start: %s", error)
