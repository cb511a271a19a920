"""Deploying packages: the upload, deploy records, history, diff and rollback.

Takes packages as they are stored; how a package is made is the business of ``packaging``.
"""
