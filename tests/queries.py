"""Which queries are sent by tests of one database alone: what must be empty, else PostgreSQL never sees them.

    ./test -p tests.queries --numprocesses 3 --dist loadfile -m "not journey and not services"

Tests that are marked `one_database` run on SQLite only. That loses nothing as long as tests that run on both databases
send the same queries: compared here by their form, without values, savepoints and what makes tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

NOT_COMPARED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "PRAGMA", "CREATE", "DROP", "ALTER", "SET", "SHOW")
sent: dict[str, dict[str, str]] = {"one": {}, "both": {}}
"""Forms of queries of tests on one database and on both, each with the first test that sent it."""
_now: list[tuple[str, str]] = []
_forms: dict[str, str] = {}


def form_of(sql: str) -> str:
    """A query without its values, however many there are in a list."""
    if sql not in _forms:
        form = re.sub(r"'[^']*'|\b\d+\b|%s", "?", sql)
        form = re.sub(r"\(\?(?:, ?\?)*\)", "(?)", form)
        _forms[sql] = re.sub(r"\(\?\)(?:, ?\(\?\))+", "(?)", form)
    return _forms[sql]


def _listen(execute, sql, params, many, context):
    if _now and str(sql).lstrip().split(None, 1)[0].upper() not in NOT_COMPARED:
        kind, test = _now[-1]
        sent[kind].setdefault(form_of(str(sql)), test)
    return execute(sql, params, many, context)


def _connected(connection, **_more) -> None:
    if _listen not in connection.execute_wrappers:
        connection.execute_wrappers.append(_listen)


def pytest_collection_finish() -> None:
    from django.db.backends.signals import connection_created

    connection_created.connect(_connected, dispatch_uid="tests.queries")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _now.append(("both" if item.get_closest_marker("database") else "one", item.nodeid))
    try:
        return (yield)
    finally:
        _now.pop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["queries"] = sent


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    for kind, forms in getattr(node, "workeroutput", {}).get("queries", {}).items():
        sent[kind] = forms | sent[kind]


def pytest_terminal_summary(terminalreporter) -> None:
    alone = {form: test for form, test in sent["one"].items() if form not in sent["both"]}
    terminalreporter.section(f"queries of tests on one database: {len(sent['one'])}, nowhere else: {len(alone)}")
    for form, test in sorted(alone.items(), key=lambda item: item[1]):
        terminalreporter.line(f"{test}\n    {form}")
