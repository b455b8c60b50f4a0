"""The product's settings with the sample work of tests/jobs: for the worker processes that its tests start.

They read the environment that the test gives them, data directory and servers included.
"""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs.sampleapp"]
