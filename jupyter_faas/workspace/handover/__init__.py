"""Documents, snippets and projects for people who use functions without the notebook.

Exported projects and OpenAPI documents contain no API keys, values of preset parameters or local
paths.
"""
