"""The bill of materials says what the lock files pin, byte for byte the same; the audit tells its three ends apart."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from config.env import ROOT
from tools import supply_chain

LOCK = """\
# compiled
Django[argon2]==5.2.19 \\
    --hash=sha256:{b} \\
    --hash=sha256:{a}
    # via -r requirements.in
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)
NPM_LOCK = {
    "packages": {
        "": {"name": "assets"},
        "node_modules/@scope/one": {"version": "1.2.3", "integrity": "sha512-AAEC"},
        "node_modules/two/node_modules/three": {"version": "3.0.0", "dev": True},
        "node_modules/linked": {"link": True},
    }
}


@pytest.fixture
def bill() -> dict:
    return supply_chain.bill_of_materials(ROOT)


def test_a_python_lock_is_read_with_its_hashes_and_where_it_applies():
    django, colorama = supply_chain.python_components(LOCK)
    assert (django.purl, django.marker) == ("pkg:pypi/django@5.2.19", "")
    assert django.hashes == (("SHA-256", "a" * 64), ("SHA-256", "b" * 64))
    assert (colorama.purl, colorama.marker) == ("pkg:pypi/colorama@0.4.6", "sys_platform == 'win32'")


def test_an_npm_lock_is_read_with_scopes_and_without_links():
    one, three = supply_chain.npm_components(json.dumps(NPM_LOCK))
    assert one.purl == "pkg:npm/%40scope/one@1.2.3"
    assert one.hashes == (("SHA-512", "000102"),)
    assert (three.purl, three.scope) == ("pkg:npm/three@3.0.0", "excluded")


def test_the_bill_names_every_locked_package_once_with_a_hash(bill):
    locks = "\n".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))
    pinned = {
        (supply_chain.normalised(name), version)
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", locks, re.MULTILINE)
    }
    python = [one for one in bill["components"] if one["purl"].startswith("pkg:pypi/")]
    assert sorted((one["name"], one["version"]) for one in python) == sorted(pinned)
    assert all(one["hashes"] for one in bill["components"])
    purls = [one["purl"] for one in bill["components"]]
    assert purls == sorted(set(purls))
    assert {"pkg:pypi/django", "pkg:npm/bootstrap", "pkg:npm/plotly.js"} <= {purl.partition("@")[0] for purl in purls}


def test_the_bill_has_the_form_of_cyclonedx(bill):
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    assert bill["metadata"]["component"]["name"] == "dataops-ladder"
    for one in bill["components"]:
        assert {"type", "bom-ref", "name", "version", "purl", "scope"} <= set(one)
        assert one["scope"] in ("required", "optional", "excluded")
        assert all(re.fullmatch(r"[0-9a-f]+", each["content"]) for each in one["hashes"])


def test_the_same_lock_files_give_the_same_bytes():
    command = [sys.executable, "tools/supply_chain.py", "sbom"]
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("code", "said", "result"),
    [
        (0, "No known vulnerabilities found", 0),
        (1, "Found 2 known vulnerabilities in 1 package\ndjango 3.2 PYSEC-2021-98", 1),
        (1, "# npm audit report\n... GHSA-67hx-6x53-jw92", 1),
        (1, "audit endpoint returned an error: 405", 2),
        (1, "ERROR:pip_audit._cli:django: Dependency not found on PyPI and could not be audited", 2),
        (1, "Connection refused", 2),
    ],
)
def test_findings_are_told_from_a_registry_that_can_not_be_asked(code, said, result):
    done = subprocess.CompletedProcess([], code, said, "")
    assert supply_chain.judged("audit", done) == result


@pytest.mark.parametrize(("codes", "result"), [((0, 0), 0), ((1, 2), 1), ((0, 2), 2), ((2, 1), 1)])
def test_what_is_known_counts_more_than_what_was_not_asked(monkeypatch, codes, result):
    monkeypatch.setattr(supply_chain, "audit_python", lambda root: codes[0])
    monkeypatch.setattr(supply_chain, "audit_npm", lambda root: codes[1])
    assert supply_chain.audit(ROOT) == result


def test_each_dependency_says_why_it_is_there():
    for name in ("requirements.in", "requirements-dev.in"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        bare = [line for line in lines if line and line[0] not in "#-" and "#" not in line and "<" not in line]
        assert bare == [], name
