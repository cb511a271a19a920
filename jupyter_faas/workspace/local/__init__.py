"""Calling a function on this machine as the action would, and comparing JSON answers."""
