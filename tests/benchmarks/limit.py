"""What the machine can do at best: an empty view, and a view that writes one row, by the same web server and database.

Served by `house.py` as a WSGI application of its own, with as many processes and threads as the product.
"""

from __future__ import annotations

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from config.env import env

UPSERT = """INSERT INTO limit_answer (sheet, question, level, version) VALUES (%s, %s, %s, 1)
ON CONFLICT (sheet, question) DO UPDATE SET level = EXCLUDED.level, version = limit_answer.version + 1
RETURNING version"""
TABLE = """CREATE TABLE IF NOT EXISTS limit_answer
(sheet integer, question text, level integer, version integer, PRIMARY KEY (sheet, question))"""


def empty(_request) -> HttpResponse:
    return HttpResponse("ok")


def upsert(_request, sheet: int, question: int, level: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [sheet, f"P{question:02d}", level])
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [path("empty", empty), path("upsert/<int:sheet>/<int:question>/<int:level>", upsert)]

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"CONN_MAX_AGE": 600, **env.db_url("DATABASE_URL")}},
        MIDDLEWARE=[],
        ROOT_URLCONF="tests.benchmarks.limit",
        SECRET_KEY="nothing is signed here",
    )
    django.setup()
    application = get_wsgi_application()
