"""What surrounds a composition before it is deployed: the actions it calls, files, npm Composer."""
