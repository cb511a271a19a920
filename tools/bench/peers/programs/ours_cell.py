"""A notebook's cells without a notebook: package, deploy and call a model; print the times.

``ours_cell.py MODEL`` works with the data folder of the environment. What a notebook has done
before the cell (imports, the fitted model) is not in the times.
"""

import json
import sys
import time

from IPython.core.interactiveshell import InteractiveShell
from sklearn.datasets import load_iris

from tools.bench.peers.models import estimator

CELL = """%%function {name} --sample X
def {name}(row: list[float]):
    return {{"probabilities": model.predict_proba([row])[0].tolist()}}
"""

name = sys.argv[1]
X, y = load_iris(return_X_y=True)
shell = InteractiveShell.instance(colors="nocolor")
shell.push({"X": X, "model": estimator(name).fit(X, y)})


def run(source: str) -> None:
    shell.run_cell(source, store_history=True).raise_error()


run("%load_ext jupyter_faas")
began = time.perf_counter()
run(CELL.format(name=name))
packaged = time.perf_counter()
run(f"%faas deploy {name}")
deployed = time.perf_counter()
run(f"answer = %faas invoke {name} row='{json.dumps(list(map(float, X[0])))}'")
answered = time.perf_counter()
times = {
    "package": packaged - began,
    "deploy": deployed - packaged,
    "answer": answered - deployed,
    "all": answered - began,
}
print(json.dumps({key: value * 1000 for key, value in times.items()}))
