"""Requests that only the playground answers: kept inputs, model files, sessions and usage.

They are below ``/faas``; other hosts answer 404.
"""
