"""An application with kinds of work for tests: slow, deadly and hanging ones. See tests/settings_jobs.py."""
