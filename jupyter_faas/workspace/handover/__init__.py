"""What others get who use functions and never open the notebook: documents, snippets, projects.

Knows nothing of Jupyter, and puts no key, no parameter's value and no path into what it makes.
"""
