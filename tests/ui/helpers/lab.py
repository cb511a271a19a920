"""A private JupyterLab or Notebook 7 for the browser tests, and the few things they do with it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from tests.ui.helpers.pages import VIEWPORT, open_in_emptied, remember_new_lab

EXAMPLES = Path(__file__).parents[3] / "examples"
OUTPUT = Path(__file__).parents[3] / "test-output" / "ui"
_APPS = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}


def free_port() -> int:
    """A port for a server that starts soon.

    The system gives each connection one of the ports from 32768 on, so that a port which it names
    may be taken by another test before the server binds it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


_ports_of_stopped: list[int] = []


def _port_with_cache() -> int:
    """Return the port of a JupyterLab that has stopped, or else any free port.

    To the browser, it is the same JupyterLab, whose files and compiled scripts are in the cache.
    """
    for port in _ports_of_stopped:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _ports_of_stopped.remove(port)
            return port
    return free_port()


@dataclass
class Lab:
    """JupyterLab on a free port with folders of its own; ``environment`` is added to its own.

    ``application`` is ``lab``, or ``notebook`` for Jupyter Notebook 7. ``python`` is the
    interpreter of the environment where it is installed.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    application: Literal["lab", "notebook"] = "lab"
    python: Path = Path(sys.executable)
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=_port_with_cache)
    process: subprocess.Popen[bytes] | None = None

    @property
    def notebooks(self) -> Path:
        return self.folder / "notebooks"

    @property
    def data_dir(self) -> Path:
        return self.folder / "faas"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            # Jupyter looks for its subcommands on the PATH.
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
            "JUPYTER_FAAS_DATA_DIR": str(self.data_dir),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            **self.environment,
        }

    def add_notebook(self, name: str, cells: list[str] | None = None) -> Path:
        """An example of that name, or a notebook of these code cells."""
        self.notebooks.mkdir(parents=True, exist_ok=True)
        path = self.notebooks / name
        if cells is None:
            shutil.copy(EXAMPLES / name, path)
            return path
        import nbformat

        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
        )
        nbformat.write(notebook, path)
        return path

    def configure(self, path: str, content: object) -> None:
        """Write a JSON file of JupyterLab's below this folder, before it starts."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))

    def start(self) -> None:
        self.notebooks.mkdir(parents=True, exist_ok=True)
        notification = "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
        self.configure(notification, {"fetchNews": "false"})
        # Each page would start two Node processes, which compare versions.
        pages = "config/labconfig/page_config.json"
        if not (self.folder / pages).exists():
            self.configure(pages, {"buildCheck": False})
        if self.port in _ports_of_stopped:
            _ports_of_stopped.remove(self.port)
        log = (self.folder / "lab.log").open("ab")
        self.process = subprocess.Popen(
            [
                str(self.python), "-m", "jupyter", self.application, "--no-browser", "--allow-root",
                f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0",
                f"--ServerApp.root_dir={self.notebooks}", f"--IdentityProvider.token={self.token}",
                f"--{_APPS[self.application]}.expose_app_in_browser=True",
            ],
            env=self.variables(), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.api("GET", "api/status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(
            f"jupyter {self.application} did not start:\n"
            + (self.folder / "lab.log").read_text()[-4000:]
        )

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None
        _ports_of_stopped.append(self.port)

    def stop_playgrounds(self, *data_dirs: Path) -> None:
        from jupyter_faas.playground import control

        for data_dir in (self.data_dir, *data_dirs):
            control.stop(data_dir)

    def api(self, method: str, path: str, body: object = None) -> Any:
        """A request of the server's REST face, with the token; JSON in, JSON out."""
        request = urllib.request.Request(
            f"{self.url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else None


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Show the notebook as the only document, with its kernel ready."""
    if lab.application == "lab" and open_in_emptied(page, lab.url, lab.token, name):
        _wait_for_notebook(page)
    else:
        # A page that is loaded in the usual size can be emptied later.
        size = page.viewport_size or VIEWPORT
        page.set_viewport_size(VIEWPORT)
        load_notebook(page, lab, name)
        page.set_viewport_size(size)


def load_notebook(page: Page, lab: Lab, name: str) -> None:
    """Do the same as `open_notebook`, but always load the application too."""
    page.context.clear_cookies()  # of a server that had the same port
    place = f"lab/tree/{name}?reset&" if lab.application == "lab" else f"notebooks/{name}?"
    page.goto(f"{lab.url}/{place}token={lab.token}")
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.restored")
    _wait_for_notebook(page)
    if lab.application == "lab":
        remember_new_lab(page)


def _wait_for_notebook(page: Page) -> None:
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").first.wait_for()
    # A command that runs cells before there is a kernel would open the dialog that asks for one.
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
    )


def command(page: Page, name: str, arguments: Mapping[str, object] | None = None) -> None:
    page.evaluate(
        "([name, args]) => window.jupyterapp.commands.execute(name, args)",
        [name, dict(arguments or {})],
    )


def run_all(page: Page) -> None:
    """Run every cell of the current notebook, to its end."""
    command(page, "notebook:run-all-cells")


def cell_with(page: Page, text: str) -> Locator:
    """The first code cell of the current notebook whose source holds ``text``."""
    return page.locator(
        ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell",
        has=page.locator(".cm-content", has_text=text),
    ).first


def show_sidebar(page: Page) -> Locator:
    command(page, "faas:open-panel")
    sidebar = page.locator(".jp-FaasSidebar")
    sidebar.wait_for()
    return sidebar


def narrow_sidebar(page: Page, px: int) -> Locator:
    """The sidebar, made so wide by dragging its edge."""
    sidebar = show_sidebar(page)
    handle = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first
    box, own = handle.bounding_box(), sidebar.bounding_box()
    assert box is not None and own is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 300
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + px - own["width"], y)
    page.mouse.up()
    return sidebar


_IS_LIGHT = "() => document.body.dataset.jpThemeLight"


def both_themes(page: Page) -> Iterator[str]:
    """Set and yield both themes, the current one first: a change takes 0.5 s of processor time."""
    first = "dark" if page.evaluate(_IS_LIGHT) == "false" else "light"
    for theme in (first, "dark" if first == "light" else "light"):
        set_theme(page, theme)
        yield theme


def set_theme(page: Page, theme: str) -> None:
    """Set the theme ``light`` or ``dark``. What has the keyboard keeps it."""
    if page.evaluate(_IS_LIGHT) == str(theme == "light").lower():
        return
    focused = page.evaluate_handle("() => document.activeElement")
    command(page, "apputils:change-theme", {"theme": f"JupyterLab {theme.capitalize()}"})
    page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === light", arg=str(theme == "light").lower()
    )
    # JupyterLab draws its splash over everything while it loads a theme.
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    # It also hides its whole shell for a moment. If the browser draws just then, nothing has the
    # keyboard afterwards.
    focused.evaluate("one => document.activeElement === document.body && one.focus()")


def screenshot(target: Page | Locator, name: str) -> Path:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    path = OUTPUT / f"{name}.png"
    target.screenshot(path=path)
    return path


_OPEN_AND_DRAW = """async ([id, rows]) => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const drawn = () => document
    .getElementById(`jupyter_faas:session:${id}`)?.querySelectorAll('tbody tr').length ?? 0;
  const start = performance.now();
  await window.jupyterapp.commands.execute('faas:open-session', { id });
  while (drawn() < rows) {
    await frame();
  }
  await frame();
  return performance.now() - start;
}"""


def ms_to_open_session(page: Page, activation_id: str, rows: int) -> float:
    """From the command until the browser has drawn a trace of so many rows, itself included."""
    ms: float = page.evaluate(_OPEN_AND_DRAW, [activation_id, rows])
    return ms
