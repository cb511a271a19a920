"""Programs for worker processes: launcher, zygote, prefork, and the Python and Node.js workers.

The files are copied to the playground's data directory and run by the action's interpreter, so they
must not import from this package.
"""
