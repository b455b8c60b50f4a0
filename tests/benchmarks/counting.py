"""Queries, rows and bytes of requests, counted in a process of its own with the installation's settings.

    python -m tests.benchmarks.counting '[{"name": ..., "session": KEY, "path": ..., "fields": {...}}]'

Each request is made twice: what is kept in memory from the first on isn't counted. A post with "{round}" among its
fields gets another number each time. Counted are statements that read or write, but for those of the session. With
BENCHMARK_PROFILE in the environment each request is profiled, too, and the profile printed.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import re
import sys
import time
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

ROUNDS = 7
DATA = re.compile("SELECT|INSERT|UPDATE|DELETE")


def main() -> None:
    print(json.dumps({asked["name"]: counted(asked) for asked in json.loads(sys.argv[1])}))


def counted(asked: dict) -> dict[str, float]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = asked["session"]
    _ask(client, asked, 1)
    rows = []

    def count_rows(execute, sql, parameters, many, context):
        result = execute(sql, parameters, many, context)
        if DATA.match(sql):
            rows.append(max(0, context["cursor"].rowcount))
        return result

    with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(count_rows):
        response = _ask(client, asked, 2)
    assert response.status_code < 400, f"{asked['path']} answers {response.status_code}: {response.content[:500]}"
    data = [query["sql"] for query in captured if DATA.match(query["sql"]) and "django_session" not in query["sql"]]
    cpu = 0.0 if "fields" in asked else _cpu_ms(client, asked)
    if os.environ.get("BENCHMARK_PROFILE"):
        _profile(client, asked)
    return {"queries": len(data), "rows": sum(rows), "bytes": len(response.content), "cpu_ms": cpu}


def _cpu_ms(client: Client, asked: dict) -> float:
    """Milliseconds of processor that a page takes in this process: those don't grow when others use the machine."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        client.get(asked["path"])
        found.append((time.process_time() - began) * 1000)
    return median(found)


def _profile(client: Client, asked: dict) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(_ask, client, asked, 3)
    print(asked["name"], file=sys.stderr)
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(60)


def _ask(client: Client, asked: dict, number: int):
    paths = asked.get("paths") or [asked["path"]] * 3
    if "fields" not in asked:
        return client.get(paths[number - 1])
    fields = {name: value.replace("{round}", str(number)) for name, value in asked["fields"].items()}
    fields = {name: value.replace("{before}", str(number - 1)) for name, value in fields.items()}
    return client.post(paths[number - 1], fields)


main()
