"""Programs of the worker processes: launcher, zygote, prefork, Python and Node.js worker.

They are copied to the data folder and run by the interpreter of the action, so they import nothing
of this package.
"""
