"""The code of the actions in ``/whisk.system``, which the playground deploys as plain text."""
