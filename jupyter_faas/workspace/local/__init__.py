"""Call a function on this machine as an action would call it, and compare JSON answers."""
