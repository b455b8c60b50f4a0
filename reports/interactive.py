"""Briefing and figures -> one HTML page that needs nothing else: styles, figures, plotly.js and our script are in it.

It opens from a disk without a network, and its own policy forbids any request. Without a script it is complete: each
chart has its sentence and its table. The text goes through Django's autoescaping, the data through `json_script`; only
files of the product are put in as they are, and no script runs but those two whose hashes the policy names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import override

from reports import browser
from reports.briefing import Briefing
from reports.charts import PageChart, settings_for

STATIC = Path(__file__).resolve().parent.parent / "static"
STYLES = ("css/ladder.css", "css/results.css", "css/document.css")
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as the page has it: what is drawn, and the table that says the same."""

    chart: PageChart
    table: Any


def render(briefing: Briefing, figures: Mapping[str, Any], language: str) -> bytes:
    """The page in `language`; `figures` are those of `figures_for_window`. The same input, the same bytes.

    Raises BrowserUnavailable when plotly.js is missing.
    """
    scripts = _scripts()
    policy = POLICY.format(scripts=" ".join(_hash(script) for script in scripts))
    with override(language):
        context = {
            "briefing": briefing,
            "drawings": {name: _drawing(briefing, name, figure) for name, figure in figures.items()},
            "chart_settings": settings_for(language) | {"plotly": ""},
        }
        body = render_to_string("reports/interactive.html", context)
    library, ours = scripts
    page = [
        "<!doctype html>",
        f"<!--\n{_licence()}\n-->",
        f'<html lang="{escape(language)}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(briefing.title)}</title>",
        f"<style>{_styles()}</style>",
        "</head>",
        "<body>",
        body.strip(),
        f"<script>{library}</script>",
        f'<script type="module">{ours}</script>',
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(page).encode()


def _drawing(briefing: Briefing, name: str, figure: Any) -> Drawing:
    said = briefing.charts[name]
    source = f"{briefing.title} · {briefing.date}"
    return Drawing(PageChart(f"chart-{name}", said.finding, figure.fluid(), source), said.table)


@cache
def _scripts() -> tuple[str, str]:
    """plotly.js and our own script, safe inside a script element."""
    return (
        _inside_script(browser.plotly_bundle().read_text(encoding="utf-8")),
        _inside_script((STATIC / "js" / "charts.js").read_text(encoding="utf-8")),
    )


def _inside_script(code: str) -> str:
    """The code without what would end or change a script element: in strings, where it occurs, a slash is harmless."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--").replace("\r\n", "\n")


@cache
def _styles() -> str:
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in STYLES)


@cache
def _licence() -> str:
    """Under which plotly.js is passed on."""
    file = STATIC / "vendor" / "LICENSE-plotly.txt"
    text = (
        file.read_text(encoding="utf-8").strip() if file.is_file() else "plotly.js is passed on under the MIT licence."
    )
    return f"With plotly.js in it.\n\n{text.replace('--', '- -')}"


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
