"""Run the sections named on the command line, or all of them."""

from __future__ import annotations

import compileall
import sys
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
)
from tools.bench.figures import SMOKE, Section
from tools.bench.peers import tables as peers

SECTIONS: dict[str, Section] = {
    "startup": startup.figures,
    "playground": playground.rows,
    "map": batches.rows,
    "compositions": compositions.figures,
    "cost": cost.figures,
    "costview": costview.figures,
    "store": store.figures,
    "notebook": notebook.figures,
    "notebooks": notebooks.rows,
    "browser": browser.figures,
    "scale": scale.rows,
    "peers": peers.rows,
}


def main() -> int:
    names = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
        return 2
    # As an installation is, ours and those that it is compared with.
    if not SMOKE:
        compileall.compile_dir(Path(jupyter_faas.__file__).parent, quiet=1)
    for name in names:
        print(f"\n{name}")
        for figure in SECTIONS[name]():
            print("  " + (figure if isinstance(figure, str) else figure.row()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
