"""Write live values as Python expressions, because packages contain source and no pickles."""
