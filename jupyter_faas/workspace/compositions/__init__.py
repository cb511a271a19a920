"""Before a composition is deployed: the actions that it calls, its file, and npm Composer."""
