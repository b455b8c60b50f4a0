import json
from io import StringIO

import pytest
from django.core.management import call_command

from manifesto import catalog
from manifesto.export import framework_hash


def test_a_release_is_printed_whole_without_a_database():
    out = StringIO()
    call_command("export_framework", "dataops", stdout=out)
    data, release = json.loads(out.getvalue()), catalog.current()
    assert (data["key"], data["version"], data["hash"]) == ("dataops", release.version, framework_hash(release))
    assert [question["key"] for question in data["questions"]] == [question.key for question in release.questions]


def test_an_unknown_release_is_wrong_input():
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("export_framework", "dataops@99.0.0", stdout=out, stderr=err)
    assert (end.value.code, out.getvalue()) == (2, "")
    assert err.getvalue().startswith("there is no framework 'dataops@99.0.0'")
