"""Deploy the same ONNX files that the others serve: ``ours_deploy.py NAME=PATH…``."""

import sys

from IPython.core.interactiveshell import InteractiveShell

CELL = """%%function {name} --sample X
import numpy as np

def {name}(row: list[float]):
    _, probabilities = session.run(None, {{"X": np.array([row], np.float32)}})
    return {{"probabilities": probabilities[0].tolist()}}
"""

shell = InteractiveShell.instance(colors="nocolor")
shell.run_cell("%load_ext jupyter_faas").raise_error()
shell.run_cell(
    "import onnxruntime; from sklearn.datasets import load_iris;"
    "X = load_iris().data.astype('float32')"
).raise_error()
for word in sys.argv[1:]:
    name, _, path = word.partition("=")
    shell.run_cell(f"session = onnxruntime.InferenceSession({path!r})").raise_error()
    shell.run_cell(CELL.format(name=name), store_history=True).raise_error()
    shell.run_cell(f"%faas deploy {name}").raise_error()
