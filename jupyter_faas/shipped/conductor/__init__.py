"""The source files of the conductor, which are copied into the zip file of a composition."""
