"""Write live values as Python expressions: a package holds source, and never pickles."""
