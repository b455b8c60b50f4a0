import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import (
    Child,
    Refused,
    Supervisor,
    check_port,
    claim_data,
    hand_over_lock,
    served_address,
    web_address,
)

ROOT = Path(__file__).resolve().parents[2]
CLAIM = "import sys, pathlib; from config.supervisor import claim_data; claim_data(pathlib.Path(sys.argv[1]), 'second')"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


def python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def supervise(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.3)
    started, said = [], []

    def start(*commands):
        children = [Child(f"child {number}", command) for number, command in enumerate(commands)]
        started.append(Supervisor(children, dict(os.environ), tmp_path, report=said.append))
        started[-1].said = said
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()
    supervisor.prctl(supervisor.PR_SET_CHILD_SUBREAPER, 0)


def test_a_second_process_on_the_same_data_is_refused_with_the_name_of_the_first(tmp_path):
    lock = claim_data(tmp_path, "http://127.0.0.1:8000")
    second = subprocess.run(python(CLAIM, str(tmp_path)), cwd=ROOT, capture_output=True, text=True)
    assert f"process {os.getpid()}, http://127.0.0.1:8000" in second.stderr
    os.close(lock)
    assert subprocess.run(python(CLAIM, str(tmp_path)), cwd=ROOT).returncode == 0


def test_the_address_of_the_last_start_is_known_and_empty_before_the_first(tmp_path):
    assert served_address(tmp_path) == ""
    os.close(claim_data(tmp_path, "http://127.0.0.1:8092"))
    assert served_address(tmp_path) == "http://127.0.0.1:8092"


def test_the_program_that_replaces_this_one_keeps_the_lock(tmp_path, monkeypatch):
    lock = claim_data(tmp_path, "first")
    for name, value in hand_over_lock(lock).items():
        monkeypatch.setenv(name, value)
    assert claim_data(tmp_path, "the same") == lock
    assert supervisor.LOCK_VARIABLE not in os.environ
    os.close(lock)


def test_a_busy_port_is_refused_by_its_number():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} on 127.0.0.1"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


@pytest.mark.parametrize("port", [0, 70000])
def test_a_port_that_does_not_exist_is_refused(port):
    with pytest.raises(Refused, match=f"Port {port} doesn't exist"):
        check_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_is_one_that_a_browser_on_this_machine_can_open(host, address):
    assert web_address(host, 80) == address


def test_a_child_that_ends_is_started_again_after_a_pause_that_grows(supervise):
    family = supervise(python("raise SystemExit(3)"))
    child = family.children[0]
    child.pause = 0.01
    first = child.process.pid
    child.process.wait()
    family.tick()
    assert family.said == ["child 0 ended (3); starting it again in 0 s"]
    assert child.pause == 0.02
    wait_for(lambda: family.tick() or child.process.pid != first)


def test_a_child_that_ignores_sigterm_is_ended_all_the_same(supervise):
    family = supervise(python(STUBBORN), python("import time; time.sleep(60)"))
    family.stop()
    assert [child.alive for child in family.children] == [False, False]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_an_orphan_in_a_process_group_of_its_own_does_not_outlive_the_supervisor(supervise, tmp_path):
    note = tmp_path / "orphan"
    spawn = (
        "import pathlib, subprocess, sys, time\n"
        "orphan = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "draft = pathlib.Path(sys.argv[1] + '.new')\n"
        "draft.write_text(str(orphan.pid))\n"
        "draft.rename(sys.argv[1])\n"
        "time.sleep(60)\n"
    )
    family = supervise(python(spawn, str(note)))
    wait_for(note.exists)
    family.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel signals orphans on Linux only")
def test_children_end_when_the_supervisor_is_killed():
    code = (
        "import os, pathlib, sys, time\n"
        "from config.supervisor import Child, Supervisor\n"
        "child = Child('child', [sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "Supervisor([child], os.environ, pathlib.Path('.')).start()\n"
        "print(child.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(python(code), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or is_zombie(child))


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
