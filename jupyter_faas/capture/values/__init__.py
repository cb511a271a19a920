"""Conversion of live values to Python expressions, which packages contain instead of pickles."""
