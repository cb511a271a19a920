"""The wiring."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupyter_faas
from jupyter_faas.server import FaasExtension
from tests.server.conftest import Api

ROOT = Path(__file__).parents[2]


def test_package_names_its_extension_and_its_lab_extension() -> None:
    (point,) = jupyter_faas._jupyter_server_extension_points()
    assert point == {"module": "jupyter_faas.server", "app": FaasExtension}


def test_configuration_file_enables_the_extension() -> None:
    path = ROOT / "jupyter-config" / "server-config" / "jupyter_faas.json"
    enabled = json.loads(path.read_text("utf-8"))
    assert enabled == {"ServerApp": {"jpserver_extensions": {"jupyter_faas": True}}}


def test_loading_opens_no_workspace_and_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from jupyter_server.serverapp import ServerApp\n"
        "before = set(sys.modules)\n"
        "import jupyter_faas\n"
        "jupyter_faas._jupyter_server_extension_points()\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "jupyter_faas.server.extension" in loaded
    rooms = {name.split(".")[1] for name in loaded if name.startswith("jupyter_faas.")}
    assert rooms == {"errors", "garbage", "providers", "server", "version"}
    heavy = {"onnx", "onnxruntime", "sklearn", "skl2onnx", "pandas", "numpy", "requests"}
    assert not heavy & {name.split(".")[0] for name in loaded}


def test_loading_makes_no_data_folder(jp_serverapp: Any, data_dir: Path) -> None:
    assert "jupyter_faas" in jp_serverapp.extension_manager.extensions
    assert not data_dir.exists()


def test_data_folder_comes_from_the_configuration(api: Api, data_dir: Path) -> None:
    assert api("PUT", "faas/api/target", {"name": "playground"}).status == 200
    assert (data_dir / "settings.json").exists()
