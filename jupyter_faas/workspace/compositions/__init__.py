"""Code that runs before a composition is deployed: called actions, files and npm Composer."""
