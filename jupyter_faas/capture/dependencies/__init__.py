"""The distributions, modules and files that the captured source needs to run elsewhere."""
