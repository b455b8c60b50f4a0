"""The product's settings for tests: a data directory of their own, and no address that a developer works with.

TEST_DATABASE_URL and TEST_REDIS_URL choose real servers; without them it is SQLite and the filesystem broker.
Each process of pytest-xdist has a Redis database of its own: what one clears, another has just written.
"""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

DATA_DIRECTORY = tempfile.mkdtemp(prefix="ladder-tests-")
atexit.register(shutil.rmtree, DATA_DIRECTORY, ignore_errors=True)

for name in [name for name in os.environ if name.startswith("LADDER_")]:
    del os.environ[name]
os.environ["LADDER_DATA_DIR"] = DATA_DIRECTORY
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")
if os.environ["REDIS_URL"] and (process := os.environ.get("PYTEST_XDIST_WORKER")):
    number = process.removeprefix("gw")
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()

from config.settings import *  # noqa: E402, F403  (reads the environment set above)
from config.settings import DATABASES, EMBEDDED  # noqa: E402

if EMBEDDED:  # in a file, as in the product: a database in memory can't be shared by threads that write
    DATABASES["default"]["TEST"] = {"NAME": f"{DATA_DIRECTORY}/test.sqlite3"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hashing well is slow, and not what is tested
WHITENOISE_AUTOREFRESH = True  # else each test client would first read every static file
RATE_LIMITS = False  # tests ask often; those of the limits turn them on
