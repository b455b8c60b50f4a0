"""The composition root: settings, addresses, the worker, and the commands that span the apps."""
