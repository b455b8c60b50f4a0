"""Rounds about what is read: parameters that somebody made up, on every page that an owner reaches."""

from __future__ import annotations

import html
import random
import re
import urllib.parse
from collections import deque
from itertools import product

from tests.faults.place import Place
from tests.faults.rounds import Outcome, Round

NAMES = (
    "sort", "order", "order_by", "page", "limit", "offset", "before", "after", "q", "search", "filter", "show", "start",
    "period", "team", "compare", "pillar", "panel", "subject", "language", "format", "scenario", "preset", "people",
    "capacity_1", "target_P01", "version", "next", "id",
)  # fmt: skip
VALUES = (
    "", "-1", "0", "9" * 30, "9" * 5000, "1e3", "NaN", "-Infinity", "%00", "..", "../../etc/passwd", "name", "-name",
    "?", "id;select", "' OR 1=1 --", "{{7*7}}", "<script>", "\u0663", "\u00b2", "\udcff", "[]", "{}", "true",
    "=1+1", "2026-Q9", "P99", "password", "user__password", "pk", "\r\nX: y", "x" * 3000,
)  # fmt: skip
MOST_PAGES = 400
NOT_READ = re.compile(r"/(logout|static|login-link|language)/")


def addresses(place: Place) -> tuple[list[str], list[str]]:
    """Every page that the owner reaches by links, one per kind of address, and the parameters that pages use."""
    kinds: dict[str, str] = {}
    names = set(NAMES)
    waiting = deque(["/"])
    while waiting and len(kinds) < MOST_PAGES:
        address = waiting.popleft()
        kind = re.sub(r"\d+", "1", address)
        if kind in kinds or NOT_READ.search(address):
            continue
        kinds[kind] = address
        text = place.owner.ask(address).body.decode(errors="replace")
        for link in re.findall(r'(?:href|action|hx-get)="(/[^"#]*)', text):
            split = urllib.parse.urlsplit(html.unescape(link))
            names.update(urllib.parse.parse_qs(split.query, keep_blank_values=True))
            waiting.append(split.path)
        for form in re.findall(r'<form[^>]*method="get".*?</form>', text, re.DOTALL | re.IGNORECASE):
            names.update(re.findall(r'name="([^"]+)"', form))
    return sorted(kinds.values()), sorted(names)


def parameters(place: Place, times: int) -> Outcome:
    """One parameter with a value that it doesn't have, on some page; all of them where there is time."""
    pages, names = addresses(place)
    choices = list(product(pages, names, VALUES))
    random.Random(7).shuffle(choices)
    seen, wrong = set(), []
    for page, name, value in choices[:times]:
        query = urllib.parse.urlencode({name: value}, errors="surrogatepass")
        status = place.owner.ask(f"{page}?{query}").status
        seen.add(status)
        if status not in (200, 302, 400, 404, 405, 409, 422):
            wrong.append(f"{status} for {page}?{query[:200]}")
    said = f"{len(pages)} kinds of addresses, {len(names)} parameters, {len(VALUES)} values; statuses {sorted(seen)}"
    return Outcome(times=min(times, len(choices)), acknowledged=0, faults=wrong, notes=[said])


ROUNDS = [
    Round(
        "parameters", "order and filter parameters", "made-up values of every parameter on every page",
        100, 5000, parameters,
    ),
]  # fmt: skip
