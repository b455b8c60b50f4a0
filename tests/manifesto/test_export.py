import hashlib
import json

from manifesto.export import export, framework_hash
from tests.builders import framework, initiative

RELEASE = framework({"P09": 2, "PRO": 1}, initiatives=(initiative("I01", {"P09.1": 2, "P09.2": "0.5"}),))


def test_an_export_names_the_questions_of_each_principle_and_pillar():
    data = export(RELEASE)
    assert data["principles"][0]["questions"] == ["P09.1", "P09.2"]
    assert [pillar["questions"] for pillar in data["pillars"]] == [["PRO.1"], [], []]
    assert data["principles"][0]["pillar_weights"] == {"process": 30, "technology": 70, "organization": 0}


def test_numbers_and_texts_are_plain_json():
    data = json.loads(json.dumps(export(RELEASE)))
    assert data["initiatives"][0]["lifts"] == {"P09.1": 2, "P09.2": 0.5}
    assert data["principles"][0]["name"] == {"en": "Principle P09", "pt-br": "Principle P09 (pt)"}
    assert data["questions"][0]["anchors"][4] == {"level": 5, "en": "P09.1 step 5.", "pt-br": "P09.1 passo 5."}
    assert data["gate"]["overall"] == 0.25
    assert data["gate"]["critical"] == 1


def test_the_hash_is_that_of_the_export_without_it():
    data = export(RELEASE)
    stated = data.pop("hash")
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert stated == framework_hash(RELEASE) == "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_equal_frameworks_have_one_hash_and_a_changed_word_another():
    same = framework({"P09": 2, "PRO": 1}, initiatives=RELEASE.initiatives)
    other = framework({"P09": 2, "PRO": 1}, initiatives=RELEASE.initiatives, preview=True)
    assert framework_hash(same) == framework_hash(RELEASE)
    assert framework_hash(other) != framework_hash(RELEASE)
