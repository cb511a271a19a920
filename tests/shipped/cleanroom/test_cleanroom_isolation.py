"""What a package does not see of the machine it runs on by itself; the rest is in test_rooms.py."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import jupyter_faas

ISOLATION = Path(jupyter_faas.__file__).parent / "shipped/cleanroom/cleanroom_isolation.py"
PROGRAM = f"""
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("isolation", {str(ISOLATION)!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
package, made, name = sys.argv[1:]
module.Isolation(package, requirements=[], hidden=[], shown=[], home="/nowhere").enter()
sys.path.insert(0, made)
found = importlib.util.find_spec(name)
print("found" if found else "not found")
__import__(name)
"""


def imported(tmp_path: Path, name: str) -> tuple[str, str]:
    """What a search and an import say of a module, in an environment below the temporary folder."""
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "undeclared.py").write_text("")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "on_the_way.py").write_text("")
    python, package = tmp_path / "env" / "bin" / "python", tmp_path / "room" / "package"
    command: list[str | Path] = [python, "-I", "-c", PROGRAM, package, tmp_path / "made", name]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"TMPDIR": str(tmp_path)}
    )
    return done.stdout.strip(), (done.stderr.splitlines() or [""])[-1]


def test_an_environment_among_temporary_files_is_no_less_hidden(tmp_path: Path) -> None:
    # A library may search for an optional one, without importing it.
    missing = "ModuleNotFoundError: No module named 'undeclared'"
    assert imported(tmp_path, "undeclared") == ("not found", missing)


def test_a_module_that_was_made_on_the_way_is_found(tmp_path: Path) -> None:
    assert imported(tmp_path, "on_the_way") == ("found", "")
