"""The distributions, modules and files that captured source needs to run on another machine."""
