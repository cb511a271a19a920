"""Run the sections named on the command line, or all of them."""

from __future__ import annotations

import compileall
import os
import sys
import sysconfig
from functools import partial
from pathlib import Path

import jupyter_faas
from tools.bench import (
    batches,
    browser,
    compositions,
    cost,
    costview,
    notebook,
    notebooks,
    playground,
    scale,
    startup,
    store,
    traces,
)
from tools.bench.figures import SMOKE, Section
from tools.bench.janitor import cleaned_up
from tools.bench.peers import tables as peers

SECTIONS: dict[str, Section] = {
    "startup": startup.figures,
    "playground": playground.rows,
    "map": batches.rows,
    "compositions": compositions.figures,
    "cost": cost.figures,
    "costview": costview.figures,
    "store": store.figures,
    "traces": traces.rows,
    "notebook": notebook.figures,
    "notebooks": notebooks.rows,
    "browser": browser.figures,
    "scale": scale.rows,
    "peers": peers.rows,
}


def main() -> int:
    names = sys.argv[1:] or list(SECTIONS)
    # Only this section has parts: ``scale records``.
    if names[0] == "scale":
        sections: dict[str, Section] = {"scale": partial(scale.rows, names[1:])}
    else:
        sections = {name: SECTIONS[name] for name in names if name in SECTIONS}
        unknown = [name for name in names if name not in SECTIONS]
        if unknown:
            print(f"Unknown section: {', '.join(unknown)}. The sections are {', '.join(SECTIONS)}.")
            return 2
    # As an installation is, ours and those that it is compared with. Containers often tell Python
    # to keep no bytecode, with which every process would compile each library again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if not SMOKE:
        compileall.compile_dir(Path(jupyter_faas.__file__).parent, quiet=1)
        # Some libraries come with files for other versions of Python.
        compileall.compile_dir(sysconfig.get_path("purelib"), quiet=2, workers=0)
    with cleaned_up():
        for name, section in sections.items():
            print(f"\n{name}")
            for figure in section():
                print("  " + (figure if isinstance(figure, str) else figure.row()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
