"""The code of the actions in ``/whisk.system``; the playground deploys these files as text."""
