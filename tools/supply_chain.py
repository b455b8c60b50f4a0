"""What the product is made of, and what is known against it. Standard library only.

    python tools/supply_chain.py sbom [FILE]     a CycloneDX bill of materials, from the lock files
    python tools/supply_chain.py audit           known weaknesses of the locked packages; asks the registries

`sbom` needs no network and gives the same bytes for the same lock files. `audit` runs pip-audit (through uv's tool
runner, or as installed) and npm audit; exit 0 when nothing is known, 1 when something is, 2 when they can't be asked.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_AUDIT = "pip-audit==2.9.0"
NAMESPACE = uuid.UUID("6f7d1a52-3c0e-5b1f-9a53-0d4f0f6c2b11")
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?")
SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Component:
    """One locked package. `hashes` are pairs of algorithm and hexadecimal value, one for each file that may be used."""

    kind: str
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...] = ()
    scope: str = "required"
    marker: str = ""

    @property
    def purl(self) -> str:
        name = self.name.replace("@", "%40", 1) if self.kind == "npm" else normalised(self.name)
        return f"pkg:{self.kind}/{name}@{self.version}"


def normalised(name: str) -> str:
    """A Python package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_components(lock: str, scope: str = "required") -> Iterator[Component]:
    """The packages of a requirements file with hashes, as uv and pip-tools write it."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock)
    for entry in entries:
        if found := PINNED.match(entry):
            hashes = tuple(("SHA-256", value) for value in sorted(SHA256.findall(entry)))
            marker = (found["marker"] or "").strip()
            yield Component("pypi", normalised(found["name"]), found["version"], hashes, scope, marker)


def npm_components(lock: str) -> Iterator[Component]:
    """The packages of a package-lock.json, version 2 or 3. What only builds the assets has the scope `excluded`."""
    for path, package in json.loads(lock)["packages"].items():
        if not path or package.get("link"):
            continue
        name = package.get("name") or path.rpartition("node_modules/")[2]
        scope = "excluded" if package.get("dev") else "optional" if package.get("optional") else "required"
        yield Component("npm", name, package["version"], tuple(integrity(package.get("integrity", ""))), scope)


def integrity(text: str) -> Iterator[tuple[str, str]]:
    """The hashes of an npm integrity field, as algorithm and hexadecimal value."""
    for part in text.split():
        algorithm, _, value = part.partition("-")
        yield algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(value).hex()


def bill_of_materials(root: Path) -> dict:
    """CycloneDX 1.5. What the tests need beside the product has the scope `excluded`."""
    runtime = list(python_components((root / "requirements.txt").read_text(encoding="utf-8")))
    known = {component.purl for component in runtime}
    tests = python_components((root / "requirements-dev.txt").read_text(encoding="utf-8"), "excluded")
    browser = npm_components((root / "package-lock.json").read_text(encoding="utf-8"))
    found = {one.purl: one for one in (*runtime, *(one for one in tests if one.purl not in known), *browser)}
    components = [as_component(found[purl]) for purl in sorted(found)]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    itself = {"type": "application", "name": project["name"], "version": project["version"]}
    itself["bom-ref"] = f"{project['name']}@{project['version']}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, json.dumps([itself, components], sort_keys=True))}",
        "version": 1,
        "metadata": {"component": itself},
        "components": components,
    }


def as_component(one: Component) -> dict:
    told = {"type": "library", "bom-ref": one.purl, "name": one.name, "version": one.version, "purl": one.purl}
    told["scope"] = one.scope
    if one.hashes:
        told["hashes"] = [{"alg": algorithm, "content": value} for algorithm, value in one.hashes]
    if one.marker:
        told["properties"] = [{"name": "python:marker", "value": one.marker}]
    return told


# --- what is known against it -----------------------------------------------------------------------------------------


def audit(root: Path) -> int:
    """Ask for both languages, even when the first has findings: 1 when anything is known, 2 when one wasn't asked."""
    codes = [audit_python(root), audit_npm(root)]
    return 1 if 1 in codes else max(codes)


def audit_python(root: Path) -> int:
    installed = shutil.which("pip-audit")
    runner = [installed] if installed else uv_runner(root)
    if runner is None:
        return unasked("pip-audit", "Install uv or pip-audit.")
    lock = str(root / "requirements.txt")
    # strict, since what the index doesn't know of would else count as good news
    options = ["--requirement", lock, "--require-hashes", "--disable-pip", "--strict"]
    return judged("pip-audit", call([*runner, *options], root))


def uv_runner(root: Path) -> list[str] | None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(root / ".venv" / "bin"))
    return [uv, "tool", "run", PIP_AUDIT] if uv else None


def audit_npm(root: Path) -> int:
    npm = shutil.which("npm")
    if npm is None:
        return unasked("npm audit", "Install Node.js.")
    with tempfile.TemporaryDirectory() as folder:  # npm audit needs the two files and nothing else
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        return judged("npm audit", call([npm, "audit", "--package-lock-only"], Path(folder)))


def call(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)


def judged(name: str, done: subprocess.CompletedProcess) -> int:
    """0, 1 for findings, 2 when the registry couldn't be asked; both programs end with 1 for either."""
    said = f"{done.stdout}{done.stderr}".strip()
    if done.returncode == 0:
        print(f"{name}: nothing known")
        return 0
    print(said)
    if re.search(r"\bGHSA-|\bCVE-|\bPYSEC-|vulnerabilit(y|ies)\b.*\bfound|found \d+ known", said):
        return 1
    return unasked(name, "See above; is the registry reachable?")


def unasked(name: str, remedy: str) -> int:
    print(f"{name}: couldn't be asked. {remedy}", file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools/supply_chain.py", description="What the product is made of.")
    parts = parser.add_subparsers(dest="part", required=True)
    bill = parts.add_parser("sbom", help="print a CycloneDX bill of materials, or write it into FILE")
    bill.add_argument("file", nargs="?", type=Path)
    parts.add_parser("audit", help="ask pip-audit and npm audit for known weaknesses")
    options = parser.parse_args(arguments)
    if options.part == "audit":
        return audit(ROOT)
    text = json.dumps(bill_of_materials(ROOT), indent=1) + "\n"
    if options.file:
        options.file.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
