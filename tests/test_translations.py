"""The interface is complete in Brazilian Portuguese: what the code says today is in the catalogue, translated."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from config.env import ROOT

CATALOGUE = "locale/pt_BR/LC_MESSAGES/django.po"
UNTRANSLATED = re.compile(r'^msgstr(\[\d\])? ""(?!\n")', re.MULTILINE)
SOURCES = ("assessment", "config", "jobs", "manifesto", "organizations", "reports", "templates", "locale")


@pytest.fixture
def extracted(tmp_path):
    """A copy of the catalogue, brought up to date with the sources by makemessages."""
    if not shutil.which("xgettext") and not os.environ.get("CI"):
        pytest.skip("xgettext is missing. Remedy: sudo apt-get install gettext")
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "pt_BR", "--no-obsolete"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "django.conf.global_settings"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (tmp_path / CATALOGUE).read_text(encoding="utf-8")


def entries(catalogue: str) -> list[str]:
    """The catalogue's entries but the head, each a paragraph."""
    return [part for part in catalogue.strip().split("\n\n")[1:] if re.search("^msgid ", part, re.MULTILINE)]


def test_every_text_of_the_interface_is_translated(extracted):
    untranslated = [
        entry for entry in entries(extracted) if re.search(r'^msgstr(\[\d\])? ""(?!\n")', entry, re.MULTILINE)
    ]
    assert untranslated == []


def test_no_translation_is_a_guess_that_nobody_has_read(extracted):
    assert [entry for entry in entries(extracted) if re.search("^#, .*fuzzy", entry, re.MULTILINE)] == []


def test_extraction_finds_the_interface(extracted):
    assert len(entries(extracted)) > 500
    assert 'msgid "Close and score"' in extracted
