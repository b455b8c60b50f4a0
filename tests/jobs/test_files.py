from __future__ import annotations

from queue import Empty

import pytest
from kombu import Connection

MESSAGE = {"body": "1", "properties": {}}


@pytest.fixture
def channel(tmp_path):
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    with Connection(transport="jobs.files:Transport", transport_options=options) as connection:
        yield connection.channel()


def test_a_message_arrives_once_and_leaves_no_draft(channel, tmp_path):
    channel._put("default", MESSAGE)
    assert [path.suffix for path in tmp_path.iterdir()] == [".msg"]
    assert channel._get("default") == MESSAGE
    with pytest.raises(Empty):
        channel._get("default")


def test_a_draft_is_never_taken(channel, tmp_path):
    (tmp_path / "1_a.default.new").write_text('{"body"')
    with pytest.raises(Empty):
        channel._get("default")


def test_a_message_that_cannot_be_read_is_passed_over_and_the_next_one_comes(channel, tmp_path):
    (tmp_path / "0_a.default.msg").write_text("")
    channel._put("default", MESSAGE)
    with pytest.raises(Empty):
        channel._get("default")
    assert channel._get("default") == MESSAGE


def test_the_embedded_profile_uses_it(settings):
    from config import celery

    settings.REDIS_URL = ""
    assert celery.broker_options()["broker_transport"] == "jobs.files:Transport"
