"""The code of the actions in ``/whisk.system``, read as text by the playground."""
