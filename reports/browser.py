"""Figures -> SVG through one warm page of a headless browser; the only file that knows the browser.

Plotly draws in a browser only. A `Renderer` starts one when the first report of a process needs it (never before
a fork), keeps one page with plotly.js loaded, and draws all figures of a report in one call. The page can reach
nothing: its policy is closed, name resolution is off, and no markup of a user gets there (`figures.plain`). The same
figures give the same bytes in every process.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import contextlib
import importlib.util
import json
import logging
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Coroutine, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, TypeVar

from choreographer import Browser
from choreographer.browsers.chromium import Chromium

START_TIMEOUT = 30.0
DRAW_TIMEOUT = 30.0
CLOSE_TIMEOUT = 12.0
USUAL_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BUILT_BUNDLE = Path(__file__).resolve().parent.parent / "static" / "vendor" / "plotly.min.js"
WEAKENING_FLAGS = {"--disable-web-security", "--allow-file-access-from-files", "--disable-ipc-flooding-protection"}
CLOSED_FLAGS = [
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-default-apps",
    "--font-render-hinting=none",
    "--force-device-scale-factor=1",
]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
FONT_FILES = {(400, "normal"): "Regular", (600, "normal"): "Semibold", (700, "normal"): "Bold", (400, "italic"): "It"}

DRAW = """
(async (figures) => {
  const drawn = [];
  for (const figure of figures) {
    const width = figure.layout.width || 780, height = figure.layout.height || 450;
    const config = {staticPlot: true, showSendToCloud: false, plotlyServerURL: '', displaylogo: false};
    figure.data.forEach((trace, index) => { trace.uid = 't' + index; });
    drawn.push(await Plotly.toImage({data: figure.data, layout: figure.layout, config},
                                    {format: 'svg', width, height, imageDataOnly: true}));
  }
  return drawn;
})
"""

SAMPLE = '{"data": [{"type": "bar", "x": [1, 2], "y": [2, 1]}], "layout": {"width": 200, "height": 100}}'

ATTRIBUTE = re.compile(r'[\w:-]+="[^"]*"')
TAG = re.compile(r'<(?P<name>[\w:-]+)(?P<attributes>(?:\s+[\w:-]+="[^"]*")+)\s*(?P<end>/?)>')

Result = TypeVar("Result")

logging.getLogger("choreographer").setLevel(logging.CRITICAL)  # it logs a browser's ordinary farewell as an error


class BrowserUnavailable(Exception):
    """No chart can be drawn; the message says why and what to do, for a person to read."""


class Drawable(Protocol):
    """A plotly figure, as far as the browser needs to know it."""

    def to_json(self) -> str: ...


class ClosedChromium(Chromium):
    """Chromium without the switches by which choreographer opens it to local files and other origins."""

    def get_cli(self) -> Sequence[str]:
        return [flag for flag in super().get_cli() if flag not in WEAKENING_FLAGS] + [*CLOSED_FLAGS, "about:blank"]


class Renderer:
    """One browser page for one process. Calls from several threads wait for each other; a fork starts afresh."""

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._forget()

    def draw(self, figures: Sequence[Drawable]) -> list[str]:
        """An SVG document for each figure, in order. A crashed browser is restarted once.

        Raises BrowserUnavailable if there is no browser, or it fails twice.
        """
        if self._pid != os.getpid():
            self._forget()
        with self._lock:
            try:
                return self._draw(figures)
            except BrowserUnavailable:
                raise
            except Exception:
                self._stop()
            try:
                return self._draw(figures)
            except BrowserUnavailable:
                raise
            except Exception as error:
                self._stop()
                raise BrowserUnavailable(f"The browser failed twice while drawing charts ({_name(error)}).") from error

    def try_out(self, patience: float) -> str:
        """Start the browser, draw one small chart and end it again; the program that did so.

        One attempt, of `patience` seconds each for the start and the drawing. Raises BrowserUnavailable.
        """
        with self._lock:
            try:
                path = find_browser(self._path)
                self._start(patience)
                [svg] = self._drawn(SAMPLE, patience)
            except BrowserUnavailable:
                raise
            except Exception as error:
                raise BrowserUnavailable(f"The browser can't draw a chart ({_name(error)}).") from error
            finally:
                self._stop()
        if "<svg" not in svg:
            raise BrowserUnavailable("The browser draws something else than a chart.")
        return path

    def close(self) -> None:
        """End the browser, if this process started one."""
        if self._pid == os.getpid():
            with self._lock:
                self._stop()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _forget(self) -> None:
        """Begin without a browser: what a parent process started is the parent's to use and to end."""
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._browser: Browser | None = None

    def _draw(self, figures: Sequence[Drawable]) -> list[str]:
        if self._browser is None:
            self._start(START_TIMEOUT)
        drawn = self._drawn(",".join(figure.to_json() for figure in figures), DRAW_TIMEOUT)
        return [normalised(svg, f"c{index}") for index, svg in enumerate(drawn)]

    def _drawn(self, figures: str, timeout: float) -> list[str]:
        return self._run(self._evaluate(f"({DRAW})([{figures}])"), timeout)

    def _start(self, timeout: float) -> None:
        path = find_browser(self._path)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chart-browser", daemon=True)
        self._thread.start()
        self._run(self._open(path), timeout)

    async def _open(self, path: str) -> None:
        sandbox = not (hasattr(os, "geteuid") and os.geteuid() == 0)  # Chromium refuses its sandbox to root
        self._browser = Browser(path, browser_cls=ClosedChromium, enable_sandbox=sandbox, enable_extensions=False)
        await self._browser.open()
        session = self._session()
        await session.send_command("Page.enable")
        tree = await session.send_command("Page.getFrameTree")
        frame = tree["result"]["frameTree"]["frame"]["id"]
        await session.send_command("Page.setDocumentContent", {"frameId": frame, "html": _page()})
        fonts = [f"{style} {weight} 12px 'Source Sans Pro'" for weight, style in FONT_FILES]
        await self._evaluate(f"Promise.all({json.dumps(fonts)}.map((font) => document.fonts.load(font))).then(() => 1)")
        await self._evaluate(plotly_bundle().read_text(encoding="utf-8") + "\n;Boolean(window.Plotly)")

    def _session(self) -> Any:
        tab = self._browser.get_tab() if self._browser else None
        if tab is None:
            raise RuntimeError("the browser has no page")
        return tab.get_session()

    async def _evaluate(self, expression: str) -> Any:
        answer = await self._session().send_command(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
        )
        result: Mapping[str, Any] = answer.get("result", {})
        if "error" in answer or "exceptionDetails" in result:
            raise RuntimeError(str(answer.get("error") or result["exceptionDetails"].get("text", "error in the page")))
        return result["result"].get("value")

    def _run(self, work: Coroutine[Any, Any, Result], timeout: float) -> Result:
        """Run `work` in the browser's own thread; TimeoutError when it takes longer than `timeout` seconds."""
        if self._loop is None:
            raise RuntimeError("the browser isn't started")
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, timeout), self._loop).result(timeout + 5)

    def _stop(self) -> None:
        browser, loop, thread = self._browser, self._loop, self._thread
        self._browser = self._loop = self._thread = None
        if loop is None or thread is None:
            return
        try:
            if browser is not None:
                asyncio.run_coroutine_threadsafe(browser.close(), loop).result(CLOSE_TIMEOUT)
        except Exception:  # a browser that doesn't close in peace is ended below
            pass
        finally:
            _end_process(browser)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_TIMEOUT)


def draw(figures: Sequence[Drawable]) -> list[str]:
    """Draw with the one renderer of this process, which stays warm until the process ends."""
    return _shared.draw(figures)


def find_browser(path: str | None = None) -> str:
    """The browser's program: `path`, else BROWSER_PATH, else the usual names. Raises BrowserUnavailable."""
    chosen = path or os.environ.get("BROWSER_PATH")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise BrowserUnavailable(f"There is no program at {chosen}; set BROWSER_PATH to an installed Chromium.")
        return found
    for name in USUAL_NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise BrowserUnavailable("No Chromium is installed; install chromium-headless-shell or set BROWSER_PATH.")


def plotly_bundle() -> Path:
    """plotly.js as built for the pages, else the whole one that comes with plotly's wheel."""
    if BUILT_BUNDLE.is_file():
        return BUILT_BUNDLE
    specification = importlib.util.find_spec("plotly")
    if specification is None or specification.origin is None:
        raise BrowserUnavailable("plotly.js is missing; build the browser assets.")
    return Path(specification.origin).parent / "package_data" / "plotly.min.js"


def normalised(svg: str, name: str) -> str:
    """The SVG without what differs from one drawing to the next.

    Plotly's random id becomes `name`; attributes are sorted, because a warm page sets them in another order.
    """
    for uid in dict.fromkeys(re.findall(r'id="(?:top)?defs-([0-9a-f]+)"', svg)):
        svg = svg.replace(uid, name)
    return TAG.sub(_sorted_attributes, svg)


def _sorted_attributes(tag: re.Match[str]) -> str:
    """One opening tag with its attributes in alphabetical order, without those for scripts only (data-*)."""
    attributes = sorted(part for part in ATTRIBUTE.findall(tag["attributes"]) if not part.startswith("data-"))
    return f"<{' '.join([tag['name'], *attributes])}{tag['end']}>"


def _page() -> str:
    faces = "".join(
        f"@font-face{{font-family:'Source Sans Pro';font-weight:{weight};font-style:{style};"
        f"src:url(data:font/ttf;base64,{_font(name)})}}"
        for (weight, style), name in FONT_FILES.items()
    )
    return (
        f'<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>{faces}</style></head><body></body></html>"
    )


def _font(name: str) -> str:
    path = files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _end_process(browser: Browser | None) -> None:
    """Make sure that nothing of the browser stays; it runs in a session of its own."""
    process = getattr(browser, "subprocess", None)
    if process is None:
        return
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, 9)
    elif process.poll() is None:
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):  # the system doesn't release it: nothing is left to do
        process.wait(CLOSE_TIMEOUT)


def _name(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]


_shared = Renderer()
atexit.register(_shared.close)
