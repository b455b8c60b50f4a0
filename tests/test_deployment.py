"""What is deployed: compose file and manifests are sound, and each command in them works, outside of containers.

Containers can't be started where the tests run. So the servers of the compose file are started by its own commands
on ports of this machine, with its own environment, and its own health checks say whether they are well.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from prometheus_client.parser import text_string_to_metric_families

from config import metrics
from config.env import ROOT
from config.supervisor import die_with_parent
from tests.faults.installation import own_database
from tests.services import free_port
from tools import dev

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
KUBERNETES = ROOT / "docs" / "kubernetes.md"
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
KNOWN_KEYS = {
    *("image", "build", "init", "restart", "read_only", "tmpfs", "cap_drop", "security_opt", "volumes", "networks"),
    *("environment", "command", "depends_on", "healthcheck", "ports", "stop_grace_period", "shm_size"),
}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?[-?]([^}]*))?\}")
SECRETS = {
    "LADDER_DOMAIN": "ladder.example.org",
    "LADDER_SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "0123456789abcdefPG",
    "REDIS_PASSWORD": "0123456789abcdefRD",
    "LADDER_METRICS_TOKEN": "0123456789abcdefMT",
}


# --- the compose file -------------------------------------------------------------------------------------------------


def test_the_compose_file_says_only_what_compose_knows_about_what_is_declared():
    assert set(COMPOSE) - {"services", "networks", "volumes"} == {"x-ladder", "x-after-migration"}
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN_KEYS, name
        assert "image" in service, name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {one for one in named if not one.startswith(".")} <= set(COMPOSE["volumes"]), name
        assert all((ROOT / one).is_file() for one in named if one.startswith(".")), name
        if check := service.get("healthcheck"):
            assert check["test"][0] in ("CMD", "CMD-SHELL") and {"interval", "timeout"} <= set(check), name


def test_whoever_waits_for_a_healthy_service_finds_one_that_says_how_it_is():
    for name, service in SERVICES.items():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"


def test_every_variable_is_explained_in_the_example_of_the_environment():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    names = {name for name, _ in VARIABLE.findall(text)} - {"LADDER_VERSION"}
    assert names == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def test_our_containers_have_no_rights_that_they_do_not_need():
    for name, service in OURS.items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert "USER ladder" in (ROOT / "Dockerfile").read_text()
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert not any("ports" in service for name, service in SERVICES.items() if name != "proxy")


def test_there_is_one_reaper_and_a_worker_for_each_queue():
    queues = [re.search(r"--queues (\S+)", service["command"]) for service in OURS.values()]
    assert sorted(found[1] for found in queues if found) == ["default", "reports"]
    assert [name for name, service in OURS.items() if "--reaper-only" in service["command"]] == ["reaper"]


def test_the_image_holds_nothing_to_build_with():
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert not re.search(r"gcc|libpq-dev|nodejs|npm|git\b|curl|wget", last)


# --- its commands, outside of containers ------------------------------------------------------------------------------


def filled(text: str, variables: dict[str, str]) -> str:
    """The text as compose hands it on: variables are filled in, a doubled sign is one."""
    return VARIABLE.sub(lambda found: variables.get(found[1]) or found[2] or "", text).replace("$$", "$")


class Machine:
    """This machine in the place of the containers: their commands, with addresses that exist here."""

    def __init__(self, folder: Path, postgresql: str, redis_port: int) -> None:
        self.folder, self.web_port, self.redis_port = folder, free_port(), redis_port
        self.postgresql = urllib.parse.urlsplit(postgresql)
        self.processes: list[subprocess.Popen] = []

    def environment(self, service: str) -> dict[str, str]:
        given = {name: str(value) for name, value in SERVICES[service].get("environment", {}).items()}
        given = {name: filled(value, SECRETS) for name, value in given.items()}
        if "DATABASE_URL" in given:
            asked = urllib.parse.urlsplit(given["DATABASE_URL"])
            here = f"{asked.username}:{asked.password}@127.0.0.1:{self.postgresql.port}"
            given["DATABASE_URL"] = asked._replace(netloc=here, path=self.postgresql.path).geturl()
            given["REDIS_URL"] = given["REDIS_URL"].replace("redis:6379", f"127.0.0.1:{self.redis_port}")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        image = {"PATH": path, "LADDER_DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        return image | {"LANG": "C.UTF-8"} | given

    def command(self, service: str, text: str) -> list[str]:
        here = filled(text, SECRETS).replace("0.0.0.0", "127.0.0.1").replace("8000", str(self.web_port))
        return shlex.split(here)

    def start(self, service: str, *more: str) -> subprocess.Popen:
        with (self.folder / f"{service}.log").open("w") as log:
            process = subprocess.Popen(
                [*self.command(service, SERVICES[service]["command"]), *more],
                cwd=ROOT, env=self.environment(service), stdout=log, stderr=log, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text()

    def health(self, service: str) -> subprocess.CompletedProcess:
        kind, *words = SERVICES[service]["healthcheck"]["test"]
        here = {"localhost:8000": f"localhost:{self.web_port}", "redis-cli": f"redis-cli -p {self.redis_port}"}
        for there, place in here.items():
            words = [word.replace(there, place) for word in words]
        words = [filled(word, SECRETS) for word in words]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        environment = self.environment(service) | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgresql.port),
            "REDIS_PASSWORD": SECRETS["REDIS_PASSWORD"],
        }
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90)

    def wait_until_healthy(self, service: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while (done := self.health(service)).returncode:
            assert time.monotonic() < end, f"{service}: {done.stdout}{done.stderr}\n{self.log(service)[-3000:]}"
            time.sleep(0.5)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """As `docker compose exec web python manage.py ...` does."""
        return subprocess.run(
            ["python", "manage.py", *arguments],
            cwd=ROOT, env=self.environment("web"), capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def redis_as_composed(folder: Path) -> Iterator[int]:
    """The queue's own command, which hides the password from the list of processes; on a port of this machine."""
    port = free_port()
    command = filled(SERVICES["redis"]["command"], SECRETS)
    [shell, flag, script] = shlex.split(command)
    here = f"{script} --port {port} --bind 127.0.0.1 --dir {folder}"
    environment = os.environ | {"REDIS_PASSWORD": SECRETS["REDIS_PASSWORD"]}
    process = subprocess.Popen([shell, flag, here], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def machine(tmp_path, postgresql_url) -> Iterator[Machine]:
    with own_database(postgresql_url) as url, redis_as_composed(tmp_path) as port:
        machine = Machine(tmp_path, url, port)
        try:
            yield machine
        finally:
            machine.stop()


def answer_of(machine: Machine, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://localhost:{machine.web_port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_each_command_of_the_compose_file_does_its_part(machine):
    """Migrate, web with two processes, both workers and the reaper; then a report is asked for and built."""
    assert machine.start("migrate").wait(120) == 0, machine.log("migrate")
    for service in ("web", "worker-default", "worker-reports", "reaper"):
        machine.start(service)
    for service in ("web", "worker-default", "worker-reports"):
        machine.wait_until_healthy(service)
    status, body = answer_of(machine, "/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok")

    created = machine.manage("login_link", "you@example.org", "--create-owner")
    assert created.returncode == 0, created.stderr
    assert created.stdout.split()[-1].startswith("https://ladder.example.org/login-link/")
    assert machine.manage("load_demo", "--teams", "1", "--quarters", "1").returncode == 0

    told = json.loads(machine.manage("doctor", "--json").stdout)
    worse = {one["name"]: one["says"] for one in told["checks"] if one["state"] != "ok"}
    expected = {"mail", "database"}  # no mail server here, and the tests' PostgreSQL trades durability for speed
    assert set(worse) <= expected | ({"browser"} if not shutil.which("chromium-headless-shell") else set()), worse

    secret = {"Authorization": f"Bearer {SECRETS['LADDER_METRICS_TOKEN']}"}
    assert "ladder_workers_alive 2.0" in answer_of(machine, "/metrics", **secret)[1]
    assert answer_of(machine, "/metrics")[0] == 404
    strange = {"Host": "evil.example.org", "X-Forwarded-Proto": "https"}
    assert answer_of(machine, "/", **strange)[0] == 400
    ours = {"Host": "ladder.example.org", "X-Forwarded-Proto": "https", "X-Request-ID": "4f1c-from-the-proxy"}
    assert answer_of(machine, "/accounts/login/", **ours)[0] == 200

    lines = [json.loads(line) for line in machine.log("web").splitlines() if line.startswith("{")]
    seen = {line["request_id"]: line for line in lines if line.get("route") == "account_login"}
    assert seen["4f1c-from-the-proxy"]["status"] == 200
    for service in ("web", "worker-default", "worker-reports", "reaper"):
        assert not re.search(r"Traceback|CRITICAL", machine.log(service)), machine.log(service)
        assert not any(secret in machine.log(service) for secret in SECRETS.values() if len(secret) > 17), service


@pytest.mark.parametrize("service", ["postgresql", "redis"])
def test_the_health_checks_of_the_servers_work(machine, service):
    machine.wait_until_healthy(service, 10)


# --- kubernetes -------------------------------------------------------------------------------------------------------


def manifests() -> list[dict]:
    blocks = re.findall(r"^```yaml\n(.*?)^```", KUBERNETES.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [one for block in blocks for one in yaml.safe_load_all(block) if one]


def containers() -> list[tuple[str, dict]]:
    found = []
    for manifest in manifests():
        found += [(manifest["metadata"]["name"], one) for one in pod_of(manifest).get("containers", [])]
    return found


def pod_of(manifest: dict) -> dict:
    """What a manifest says of its pods; nothing where it has none."""
    spec = manifest.get("spec", {})
    return spec if manifest["kind"] == "Pod" else spec.get("template", {}).get("spec", {})


def test_the_manifests_are_whole_and_name_what_they_need():
    names = [(one["kind"], one["metadata"]["name"]) for one in manifests()]
    assert len(names) == len(set(names))
    kinds = {kind for kind, _ in names}
    assert {"Deployment", "Job", "Service", "Ingress", "Secret", "ConfigMap", "PersistentVolumeClaim"} <= kinds
    for manifest in manifests():
        assert {"apiVersion", "kind", "metadata"} <= set(manifest)
        if manifest["kind"] == "Deployment":
            labels = manifest["spec"]["template"]["metadata"]["labels"]
            assert manifest["spec"]["selector"]["matchLabels"].items() <= labels.items()
    claims = {name for kind, name in names if kind == "PersistentVolumeClaim"}
    sources = {name for kind, name in names if kind in ("Secret", "ConfigMap")}
    for name, container in containers():
        for source in container.get("envFrom", []):
            assert next(iter(source.values()))["name"] in sources, name
    for manifest in manifests():
        for volume in pod_of(manifest).get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims


def test_each_command_of_the_manifests_is_one_of_the_compose_file_which_are_run_above():
    tested = {tuple(shlex.split(filled(service["command"], {}))) for service in OURS.values()}
    ours = [(name, container) for name, container in containers() if "dataops-ladder" in container["image"]]
    assert {name for name, _ in ours} == {"migrate", "web", "worker-default", "worker-reports", "reaper", "restore"}
    for name, container in ours:
        waits = container["command"][0] == "sleep"  # for a command of the guide
        assert (name == "restore") if waits else tuple(container["command"]) in tested, name


def test_there_is_exactly_one_reaper_in_the_cluster_and_pods_have_no_rights_that_they_do_not_need():
    [reaper] = [one for one in manifests() if one["metadata"]["name"] == "reaper"]
    assert (reaper["spec"]["replicas"], reaper["spec"]["strategy"]["type"]) == (1, "Recreate")
    for name, container in containers():
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False and rights["readOnlyRootFilesystem"] is True, name
        assert rights["capabilities"] == {"drop": ["ALL"]}, name


# --- the guide --------------------------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


GUIDES = ["README.md", "docs/operations.md", "docs/kubernetes.md", "docs/security.md", "docs/versions.md"]
GUIDES += ["docker-compose.yml"]


def commands_of_guides() -> list[list[str]]:
    """The words after `manage.py` of each line that a reader is to type, without what a shell does with it."""
    found = []
    for name in GUIDES:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            typed = re.findall(r"manage\.py ([a-z_]+(?: [^`|<>#]*)?)", line)
            found += [shlex.split(re.split(r"  +|[),;:]", one)[0]) for one in typed]
    return found


def test_every_command_of_the_guides_exists_takes_these_words_and_is_run_by_a_test():
    commands = commands_of_guides()
    assert len({words[0] for words in commands}) > 12
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for name, *words in commands:
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        if words:
            parser.parse_args(words)
        assert f'"{name}"' in tests, f"no test runs manage.py {name}"


def test_every_service_that_the_guides_name_to_compose_and_kubectl_is_there():
    guides = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in GUIDES)
    lines = re.findall(
        r"^ +docker compose (?:stop|up --detach|exec(?: -T)?|run --rm -T) +([a-z -]+?)(?: python .*)?$", guides, re.M
    )
    named = {word for line in lines for word in line.split()}
    assert {"web", "migrate", "reaper", "postgresql"} <= named <= set(SERVICES)
    workloads = {
        f"{one['kind']}/{one['metadata']['name']}".replace("Deployment", "deploy").lower() for one in manifests()
    }
    asked = set(re.findall(r"\b(?:deploy|job|pod)/[a-z-]+", guides))
    assert asked and asked <= workloads


def test_run_takes_what_the_guide_says():
    for line in re.findall(r"^(?:\| `|    )\./run((?: --[a-z]+(?: [0-9.]+)?)*)", GUIDE, re.MULTILINE):
        dev.run_parser().parse_args(line.split())


def test_the_guides_name_every_variable_that_is_read():
    guides = GUIDE + (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    sources = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "env.py", "logs.py"))
    read = set(re.findall(r'"((?:LADDER|DATABASE|REDIS|BROWSER)_[A-Z_]+)"', sources))
    assert len(read) > 15
    assert [name for name in sorted(read) if f"`{name}`" not in guides] == []


def test_the_guide_explains_every_metric_and_no_other(db):
    exposed = {
        family.name.removesuffix("_total")
        for family in text_string_to_metric_families(metrics.exposition().decode())
        if family.name.startswith("ladder_")
    }
    told = {name.removesuffix("_total") for name in re.findall(r"^\| `(ladder_\w+)`", GUIDE, re.MULTILINE)}
    told |= {"ladder_stage_runs"}  # in one line with what it divides
    assert told == exposed


def test_the_guide_explains_every_check():
    source = (ROOT / "config" / "checks.py").read_text()
    assert [name for name in re.findall(r"ladder\.[EW]\d+", source) if name not in GUIDE] == []
