"""Roadmaps for other tools: each format is read back, and what people typed is text in all of them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import icalendar
import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from assessment.periods import first_day
from organizations.models import Organization
from reports.handover import Lifted, Task, as_calendar, as_markdown, markdown, task_table, tickets
from reports.models import PlanItem, TeamInitiative
from reports.plans import choices_for, plan_for
from tests.cast import NOW
from tests.reports.rooms import planned_result
from tests.reports.test_adoption import adopted, say
from tests.reports.test_results_page import text_of

pytestmark = pytest.mark.one_database("files of a plan, which is computed")

HOSTILE = "=1+1;@x\r\nBEGIN:VEVENT\x00 <b>{{ 7 }}</b> [a](javascript:x) `*_ \u202e🧹"


def task(**changes) -> Task:
    fields = {
        "id": "I12", "name": "Watch content", "start": "2026-Q4", "quarter": "2027-Q1", "effort": 2.5, "run_cost": 0.0,
        "first_step": "Pick one table", "done_when": "Ten tables are watched", "prerequisites": ("I08",),
        "lifts": (Lifted("P16.1", 1.0, 2.5),), "changed_at": "2026-10-02T09:00:00+00:00",
    }  # fmt: skip
    return Task(**fields | changes)


# --- formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("period", "day"), [("2026-Q1", date(2026, 1, 1)), ("2026-Q4", date(2026, 10, 1))])
def test_a_quarter_begins_on_the_first_of_its_first_month(period, day):
    assert first_day(period) == day


def test_an_event_lasts_from_the_start_to_the_end_of_the_last_quarter_and_blocks_no_time():
    calendar = icalendar.Calendar.from_ical(as_calendar("Roadmap", "plan-7", [task()], "en"))
    (event,) = calendar.walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 10, 1), date(2027, 4, 1))
    assert (str(event["UID"]), str(event["SUMMARY"])) == ("plan-7-I12@dataops-ladder", "I12 Watch content")
    assert str(event["TRANSP"]) == "TRANSPARENT" and "STATUS" not in event
    assert str(event["DESCRIPTION"]).splitlines() == [
        "Quarter: Q4 2026 – Q1 2027", "Person-weeks: 2.5", "First step: Pick one table", "Needs: I08",
        "Lifts: P16.1 1 \u2192 2.5", "Done when: Ten tables are watched",
    ]  # fmt: skip


def test_what_the_team_wont_do_is_a_cancelled_event():
    calendar = icalendar.Calendar.from_ical(as_calendar("x", "plan-7", [task(status="wont-do")], "en"))
    assert str(calendar.walk("VEVENT")[0]["STATUS"]) == "CANCELLED"


def test_typed_text_ends_no_line_of_a_calendar():
    data = as_calendar(HOSTILE, "plan-7", [task(name=HOSTILE, owner=HOSTILE, notes="one\ntwo")], "en")
    calendar = icalendar.Calendar.from_ical(data)
    assert len(calendar.walk("VEVENT")) == 1
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert "<b>{{ 7 }}</b> [a](javascript:x) `*_ \u202e🧹" in str(calendar.walk("VEVENT")[0]["SUMMARY"])
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "long lines are folded"


def test_a_ticket_has_its_facts_and_a_box_for_what_has_to_hold():
    (ticket,) = tickets([task(status="doing", owner="Ana")], "en")
    assert ticket.title == "I12 Watch content"
    assert ticket.body.splitlines() == [
        "- **Quarter:** Q4 2026 – Q1 2027", "- **Person-weeks:** 2.5", "- **First step:** Pick one table",
        "- **Needs:** I08", "- **Lifts:** P16.1 1 \u2192 2.5", "- **Status:** Doing", "- **Owner:** Ana",
        "- [ ] **Done when:** Ten tables are watched",
    ]  # fmt: skip


def test_the_box_of_what_is_done_is_ticked():
    (ticket,) = tickets([task(status="done", evidence="Ten dashboards")], "en")
    assert ticket.body.endswith("- [x] **Done when:** Ten tables are watched")


def test_typed_text_has_no_meaning_in_markdown():
    assert markdown("a\n# b <i> [x](y) `z` *s* _u_ ![p](q) ~~d~~ | &lt; \\") == (
        r"a \# b \<i\> \[x\]\(y\) \`z\` \*s\* \_u\_ \!\[p\]\(q\) \~\~d\~\~ \| \&lt; \\"
    )
    text = as_markdown(HOSTILE, [task(name=HOSTILE, notes=HOSTILE)], "en")
    assert text.count("\n## ") == 1 and "<b>" not in text and "](javascript" not in text


def test_a_line_of_the_table_says_what_there_is_and_leaves_the_rest_empty():
    head, (row,) = task_table([task()])
    told = dict(zip(head, row, strict=True))
    assert (told["Begins"], told["Completed"], told["Person-weeks"]) == ("2026-Q4", "2027-Q1", 2.5)
    assert (told["Lifts"], told["Status"], told["Owner"]) == ("P16.1 1 \u2192 2.5", "", "")


def test_with_a_rate_each_line_says_what_the_work_costs():
    head, rows = task_table([task(), task(cost=18750.0, currency="BRL")])
    place = head.index("Cost")
    assert head[place : place + 2] == ["Cost", "Currency"]
    assert [row[place : place + 2] for row in rows] == [[None, ""], [18750.0, "BRL"]]
    assert "Cost" not in task_table([task()])[0]
    with translation.override("pt-br"):
        (ticket,) = tickets([task(cost=18750.0, currency="BRL")], "pt-br")
        calendar = as_calendar("Plano", "plan-7", [task(cost=18750.0, currency="BRL")], "pt-br").decode()
    assert "- **Custo:** R$ 18.750" in ticket.body
    assert "Custo: R$\u00a018.750" in calendar.replace("\r\n ", "")


# --- addresses --------------------------------------------------------------------------------------------------------


def file_of(client, result, extension: str, **query):
    return client.get(reverse("roadmap-file", args=[result.assessment_id, extension]), query)


def rows_of(response) -> list[dict]:
    text = response.content.decode("utf-8-sig").split("\r\n\r\n", 1)[1]
    return list(csv.DictReader(io.StringIO(text)))


def test_each_format_has_every_initiative_of_the_plan(cast, sign_in):
    result = planned_result(cast)
    plan = plan_for(result, choices_for(result))
    ids, client = [item.initiative for item in plan.items], sign_in(cast.bob)
    assert len(ids) > 2
    assert [row["Id"] for row in rows_of(file_of(client, result, "csv"))] == ids
    sheet = load_workbook(io.BytesIO(file_of(client, result, "xlsx").content)).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ids
    data = json.loads(file_of(client, result, "json").content)
    assert [one["id"] for one in data["initiatives"]] == ids
    assert (data["input_hash"], data["plan"]["objective"]) == (result.input_hash, float(plan.objective))
    events = icalendar.Calendar.from_ical(file_of(client, result, "ics").content).walk("VEVENT")
    assert [str(event["SUMMARY"]).split()[0] for event in events] == ids
    text = file_of(client, result, "md").content.decode()
    assert [line.split()[1] for line in text.splitlines() if line.startswith("## ")] == ids


def test_files_of_an_organization_with_a_rate_have_money(cast, sign_in):
    result = planned_result(cast)
    Organization.objects.filter(pk=result.organization_id).update(currency="BRL", person_week_rate=Decimal("7500.50"))
    client = sign_in(cast.bob)
    for row in rows_of(file_of(client, result, "csv")):
        assert float(row["Cost"]) == pytest.approx(float(row["Person-weeks"]) * 7500.5, abs=0.005)
        assert row["Currency"] == "BRL"
    sheet = load_workbook(io.BytesIO(file_of(client, result, "xlsx").content)).worksheets[0]
    head, first, *_rest = sheet.iter_rows(values_only=True)
    assert isinstance(first[head.index("Cost")], (int, float))
    initiatives = json.loads(file_of(client, result, "json").content)["initiatives"]
    assert all(one["cost"] > 0 and one["currency"] == "BRL" for one in initiatives)
    assert "**Cost:** R$" in file_of(client, result, "md").content.decode()


def test_a_trial_is_exported_as_the_page_shows_it(cast, sign_in):
    result = planned_result(cast)
    client = sign_in(cast.bob)
    assert file_of(client, result, "csv", wish_I16="wont").content != file_of(client, result, "csv").content
    ids = [row["Id"] for row in rows_of(file_of(client, result, "csv", wish_I16="wont"))]
    assert ids and "I16" not in ids


def test_where_the_page_would_name_a_fault_there_is_no_file(cast, sign_in):
    result = planned_result(cast)
    response = file_of(sign_in(cast.bob), result, "csv", people="none")
    assert response.url == reverse("roadmap", args=[result.assessment_id]) + "?people=none"
    assert "Enter a whole number" in text_of(sign_in(cast.bob).get(response.url))


@pytest.mark.parametrize("extension", ["pdf", "exe"])
def test_another_format_is_not_found(cast, sign_in, extension):
    assert file_of(sign_in(cast.bob), planned_result(cast), extension).status_code == 404


def test_a_file_is_in_the_readers_language(cast, sign_in):
    result = planned_result(cast)
    cast.bob.language = "pt-br"
    cast.bob.save()
    text = file_of(sign_in(cast.bob), result, "md").content.decode()
    assert "**Concluído quando:**" in text or "**Pronto quando:**" in text
    assert "T4 2026" in text


@pytest.mark.database
def test_the_work_on_a_plan_is_exported_as_it_stands(cast, sign_in):
    plan = adopted(cast)
    item = plan.items.in_order().first()
    say(cast.alice, item, owner="=Ana", notes=HOSTILE.replace("\x00", ""), quarter="2027-Q2")
    client = sign_in(cast.bob)
    file = client.get(reverse("plan-file", args=[plan.pk, "csv"]))
    row = next(row for row in rows_of(file) if row["Id"] == item.initiative)
    assert (row["Completed"], row["Owner"], row["Status"]) == ("2027-Q2", "'=Ana", "Planned")
    assert row["Notes"].startswith("'=1+1;'@x") and "<b>{{ 7 }}</b>" in row["Notes"]
    data = json.loads(client.get(reverse("plan-file", args=[plan.pk, "json"])).content)
    told = next(one for one in data["initiatives"] if one["id"] == item.initiative)
    assert (told["owner"], told["notes"]) == ("=Ana", HOSTILE.replace("\x00", ""))
    assert len(data["initiatives"]) == PlanItem.objects.filter(plan=plan).count()


def test_an_initiative_of_the_teams_own_stands_in_the_files_as_it_was_typed(cast, sign_in):
    result = planned_result(cast)
    TeamInitiative.objects.create(
        team=cast.atlas, number=1, name="<b>Own</b>", done_when="*seen*", effort=1, lifts={"P15.1": "2"}, updated_at=NOW
    )
    client = sign_in(cast.bob)
    names = [row["Initiative"] for row in rows_of(file_of(client, result, "csv", wish_T1="must"))]
    assert "<b>Own</b>" in names
    assert r"T1 \<b\>Own\</b\>" in file_of(client, result, "md", wish_T1="must").content.decode()


def test_tickets_can_be_copied_one_by_one(cast, sign_in):
    result = planned_result(cast)
    html = sign_in(cast.bob).get(reverse("roadmap-tickets", args=[result.assessment_id])).content.decode()
    assert html.count("<textarea") == len(plan_for(result, choices_for(result)).items)
    assert 'data-copy="Copy"' in html and "- [ ] **Done when:**" in html


def test_the_tickets_of_adopted_work_show_hostile_text_literally(cast, sign_in):
    plan = adopted(cast)
    say(cast.alice, plan.items.in_order().first(), notes="</textarea><script>x</script>")
    html = sign_in(cast.bob).get(reverse("plan-tickets", args=[plan.pk])).content.decode()
    assert "<script>x" not in html and html.count("</textarea>") == plan.items.count()


def test_pages_lead_to_the_files(cast, sign_in):
    plan = adopted(cast)
    client = sign_in(cast.bob)
    page = client.get(reverse("roadmap", args=[plan.result.assessment_id]), {"people": "9"}).content.decode()
    assert reverse("roadmap-file", args=[plan.result.assessment_id, "ics"]) + "?people=9" in page
    assert (
        reverse("plan-tickets", args=[plan.pk]) in client.get(reverse("adopted-plan", args=[plan.pk])).content.decode()
    )


def test_results_and_dashboard_are_workbooks_too(cast, sign_in):
    result = planned_result(cast)
    client = sign_in(cast.carla)
    book = load_workbook(io.BytesIO(client.get(reverse("results.xlsx", args=[result.assessment_id])).content))
    assert book.sheetnames == [
        "1 Results by principle",
        "2 Where the team agrees",
        "3 Added up in another way",
        "4 About",
    ]
    rows = list(book.worksheets[0].values)
    assert rows[1][:2] == ("overall", "Overall score") and rows[1][3] == pytest.approx(
        result.scores["overall"]["score"]
    )
    board = load_workbook(io.BytesIO(client.get(reverse("dashboard.xlsx", args=[cast.house.pk])).content))
    assert board.sheetnames[0] == "1 Teams" and "What came of it" in board.sheetnames[-2]
    assert [row[0] for row in board.worksheets[0].values][1:] == ["Atlas", "Boreal"]
