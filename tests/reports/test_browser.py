"""The drawing page: same bytes each time, closed to the world, and honest when there is no browser."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reports import browser, figures
from reports.browser import BrowserUnavailable, Renderer, find_browser, normalised
from reports.figures import ProfileRow
from tests.reports.test_figures import ENGLISH, every_figure

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def renderer():
    with Renderer() as warm:
        yield warm


class Raw:
    """A figure that says what it likes, as if no label had been cleaned."""

    def __init__(self, text: str) -> None:
        self.text = text

    def to_json(self) -> str:
        return self.text


@pytest.mark.journey
def test_every_figure_is_drawn_with_its_words(renderer):
    drawn = dict(zip(every_figure(), renderer.draw(list(every_figure("Atlas").values())), strict=True))
    assert all(svg.startswith("<svg") and "Atlas" in svg for svg in drawn.values())
    assert "heatmaplayer" in drawn["heatmap"] and "<image" in drawn["heatmap"]


@pytest.mark.journey
def test_the_same_figures_give_the_same_bytes_cold_warm_and_in_another_process(renderer):
    chosen = list(every_figure().values())
    first, second = renderer.draw(chosen), renderer.draw(chosen)
    script = (
        "import hashlib; from reports.browser import Renderer; from tests.reports.test_figures import every_figure\n"
        "with Renderer() as own: drawn = ''.join(own.draw(list(every_figure().values())))\n"
        "print(hashlib.sha256(drawn.encode()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert first == second
    assert other.stdout.strip() == hashlib.sha256("".join(first).encode()).hexdigest()


@pytest.mark.journey
def test_the_page_can_reach_no_address(renderer):
    hits = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/x"
    label = f"<b style='background:url({address})'>A</b><a href='{address}'>B</a>"
    layout = {"height": 100, "annotations": [{"text": label, "showarrow": False}], "images": [{"source": address}]}
    renderer.draw([Raw(json.dumps({"data": [], "layout": layout}))])
    server.shutdown()
    assert hits == []


@pytest.mark.journey
def test_a_killed_browser_is_started_again():
    with Renderer() as own:
        before = own.draw([every_figure()["pillars"]])
        os.killpg(own._browser.subprocess.pid, 9)
        assert own.draw([every_figure()["pillars"]]) == before


def living(group):
    """Ids of the processes of a group that still run; those only waiting to be reaped don't."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, of_group = status.read_text().rpartition(")")[2].split()[:3]
            if int(of_group) == group and state not in "ZX":
                found.append(int(status.parent.name))
    return found


@pytest.mark.journey
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads processes from /proc")
def test_nothing_of_the_browser_stays_after_closing():
    own = Renderer()
    own.draw([every_figure()["pillars"]])
    process = own._browser.subprocess
    own.close()
    assert process.poll() is not None
    assert living(process.pid) == []


@pytest.mark.journey
def test_a_figure_that_can_t_be_drawn_is_reported_and_the_next_one_is_drawn():
    with Renderer() as own:
        with pytest.raises(BrowserUnavailable, match="failed twice"):
            own.draw([Raw("{data: null.x}")])
        assert own.draw([figures.profile([ProfileRow("a", 2.0)], ENGLISH)])[0].startswith("<svg")


def test_a_missing_browser_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    with pytest.raises(BrowserUnavailable, match="BROWSER_PATH"):
        find_browser()
    monkeypatch.delenv("BROWSER_PATH")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BrowserUnavailable, match="install chromium-headless-shell"):
        find_browser()


def test_the_environment_chooses_the_browser(monkeypatch, tmp_path):
    program = tmp_path / "my-browser"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(program))
    assert find_browser() == str(program)


def test_a_program_that_is_no_browser_ends_in_one_clear_error(tmp_path):
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    with Renderer(str(program)) as own, pytest.raises(BrowserUnavailable, match="failed twice"):
        own.draw([every_figure()["pillars"]])


def test_random_ids_and_attribute_order_leave_the_svg():
    one = '<g id="topdefs-a1b2c3"><rect y="1" x="2" data-index="4"/></g><g clip-path="url(#clipa1b2c3xy)"></g>'
    assert normalised(one, "c0") == '<g id="topdefs-c0"><rect x="2" y="1"/></g><g clip-path="url(#clipc0xy)"></g>'


def test_plotly_comes_from_the_wheel_where_nothing_was_built(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "BUILT_BUNDLE", tmp_path / "missing.js")
    assert browser.plotly_bundle().name == "plotly.min.js"
    assert browser.plotly_bundle().is_file()
