"""Every read of assessments, answers and results. What `for_user` leaves out is a 404 to that person."""

from __future__ import annotations

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Window
from django.db.models.functions import DenseRank

from assessment.prepared import prepared
from organizations.models import Membership, Team
from organizations.permissions import ROLES_FOR, Act

OWN_SHEETS = ("named", "anonymous")
"""The modes in which each person has a sheet of their own; in the others all write on the team's shared one."""


class AssessmentQuerySet(models.QuerySet):
    def for_user(self, user):
        """Assessments of the teams that the person may see."""
        return self.filter(team__in=Team.objects.for_user(user))

    def known_to(self, user):
        """Those of `for_user`, and the own sheets of the organizations in which the person has any role.

        Asks the person's roles only: a list of the teams that they may see can have a hundred thousand rows.
        """
        roles = user.memberships
        return self.filter(
            Q(organization__in=roles.filter(team=None).values("organization"))
            | Q(team__in=roles.exclude(team=None).values("team"))
            | Q(team__isnull=True, organization__in=roles.values("organization"))
        )

    def for_saving(self, user, assessment_id: int):
        """One assessment in one query, locked until the end of the transaction: whether the person may answer
        (`may_answer`) and the sheet that they write on (`sheet_id`, None when there is none yet).

        Raises DoesNotExist (not theirs), and TransactionManagementError outside a transaction.
        """
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("a lock needs a transaction that it lasts for")
        rows = _for_each_role(user.pk, assessment_id)
        if not rows:
            raise self.model.DoesNotExist
        assessment = rows[0]
        act = Act.ANSWER_FOR_ORGANIZATION if assessment.is_of_organization else Act.ANSWER
        roles = {row.role for row in rows if row.role_team in (None, assessment.team_id)}
        assessment.may_answer = not roles.isdisjoint(ROLES_FOR[act])
        # Answers that were carried into another mode brought their sheet along: of two, one is written on.
        fitting = (row.sheet_id for row in rows if bool(row.sheet_is_shared) != assessment.has_own_sheets)
        assessment.sheet_id = next(fitting, None)
        return assessment

    def for_closing(self, user):
        """A team's assessment that the person may see, with team and organization, locked until the end of the
        transaction; `may_run` says whether they may close it. One query, one subquery for each rule."""
        roles = Membership.objects.filter(
            Q(team=None) | Q(team=OuterRef("team")), user=user, organization=OuterRef("organization")
        )
        return (
            self.of_teams()
            .filter(Exists(roles))
            .select_for_update(of=("self",), no_key=True)
            .with_team()
            .annotate(may_run=Exists(roles.filter(role__in=ROLES_FOR[Act.RUN_ASSESSMENT])))
        )

    def with_sheet_of_organization(self, assessment):
        """The assessment and its organization's own sheet, which has no team."""
        return self.filter(Q(pk=assessment.pk) | Q(organization=assessment.organization_id, team__isnull=True))

    def of_organization(self, organization):
        """The organization's own sheet, if it has one."""
        return self.filter(organization=organization, team__isnull=True).select_related("organization")

    def of_teams(self):
        return self.filter(team__isnull=False)

    def with_team(self):
        return self.select_related("team", "organization")

    def open(self):
        return self.filter(closed_at=None)

    def closed(self):
        return self.exclude(closed_at=None)

    def newest_first(self):
        return self.order_by("-period", "-opened_at", "-pk")

    def last_closed_before(self, team, period: str):
        """The closed assessment of the team's last earlier or equal period, or None."""
        return self.closed().filter(team=team, period__lte=period).order_by("-period", "-closed_at", "-pk").first()


@prepared(int, int)
def _for_each_role(user_id, assessment_id):
    """The assessment with a sheet of the person's or the team's, once for each of these and for each role that lets the
    person see it; locked."""
    sheet = FilteredRelation("respondents", condition=Q(respondents__user=user_id) | Q(respondents__shared=True))
    roles = "organization__memberships"
    counts = Q(team=None) | Q(**{f"{roles}__team": None}) | Q(**{f"{roles}__team": F("team")})
    return (
        apps.get_model("assessment", "Assessment")
        .objects.filter(counts, pk=assessment_id, **{f"{roles}__user": user_id})
        .select_for_update(of=("self",), no_key=True)
        .annotate(sheet=sheet, sheet_id=F("sheet__pk"), sheet_is_shared=F("sheet__shared"))
        .annotate(role=F(f"{roles}__role"), role_team=F(f"{roles}__team"))
    )


class AnswerQuerySet(models.QuerySet):
    def on_sheet(self, sheet_id: int, question_key: str):
        """What stands on a sheet as the answer to one question, or None."""
        return next(iter(_on_sheet(sheet_id, question_key)), None)

    def of_assessment(self, assessment):
        return (
            self.filter(respondent__assessment=assessment).select_related("respondent").order_by("question_key", "pk")
        )

    def on_sheet_of(self, assessment, user):
        """The answers that the person writes: those of their own sheet, else the team's shared ones."""
        if assessment.mode in OWN_SHEETS:
            return self.filter(respondent__assessment=assessment, respondent__user=user)
        return self.filter(respondent__assessment=assessment, respondent__shared=True)

    def of_organization(self, organization_id):
        """What stands on the organization's own sheet."""
        return self.filter(
            respondent__assessment__organization=organization_id, respondent__assessment__team__isnull=True
        ).order_by("question_key", "pk")

    def of_organizations(self, organizations):
        """The same for several organizations, with the sheet that each answer stands on."""
        return (
            self.filter(
                respondent__assessment__organization__in=organizations, respondent__assessment__team__isnull=True
            )
            .select_related("respondent__assessment")
            .order_by("question_key", "pk")
        )

    def written_by(self, user):
        """Those on the sheets that the person writes."""
        own = Q(respondent__user=user, respondent__assessment__mode__in=OWN_SHEETS)
        return self.filter(Q(respondent__shared=True) | own)

    def said_by_assessment(self, asked: list) -> dict[int, int]:
        """How many questions are answered, by assessment id.

        `asked` are pairs of assessment ids and the question keys that count there; assessments that ask the same
        stand in one pair.
        """
        wanted = Q(pk__in=[])
        for assessments, keys in asked:
            wanted |= Q(respondent__assessment__in=assessments, question_key__in=keys)
        counts = self.filter(wanted).exclude(state="open").values("respondent__assessment")
        return dict(counts.annotate(said=models.Count("pk")).values_list("respondent__assessment", "said"))

    def count_of_questions(self, keys, people: int) -> int:
        """How many of these questions at least so many people have answered, in whatever way."""
        said = self.filter(question_key__in=list(keys)).exclude(state="open").order_by().values("question_key")
        return said.annotate(people=models.Count("pk")).filter(people__gte=people).count()

    def by_key(self) -> dict:
        """The answers of one sheet by question key."""
        return {answer.question_key: answer for answer in self}


@prepared(int, str)
def _on_sheet(sheet_id, question_key):
    return apps.get_model("assessment", "Answer").objects.filter(respondent=sheet_id, question_key=question_key)


class RespondentQuerySet(models.QuerySet):
    def with_counts(self, keys):
        """Sheets by name, with the number of these questions that are answered on each."""
        said = models.Count("answers", filter=~Q(answers__state="open") & Q(answers__question_key__in=list(keys)))
        return self.annotate(answered=said).order_by("name", "pk")

    def heard_by(self, assessment):
        """The sheets that closing it hears, with their answers: its own by name, and the organization's own one.

        Two queries, however many sheets there are, and whether somebody checked evidence or not.
        """
        assessments = apps.get_model("assessment", "Assessment").objects.with_sheet_of_organization(assessment)
        answers = (
            apps.get_model("assessment", "Answer").objects.select_related("checked_by").order_by("question_key", "pk")
        )
        sheets = self.filter(assessment__in=assessments).order_by("name", "pk")
        return sheets.prefetch_related(models.Prefetch("answers", answers))


class RevisionQuerySet(models.QuerySet):
    def first_given_by(self, user, assessment) -> list:
        """When the person first answered each question there; keeping last time's answer takes no reading."""
        own = Q(answer__respondent__shared=True) | Q(answer__respondent__user=user)
        by_them = Q(saved_by=user) | Q(answer__respondent__user=user, answer__respondent__assessment__mode="anonymous")
        given = self.filter(own, by_them, answer__respondent__assessment=assessment, confirmed=False)
        first = given.exclude(state="open").values("answer").annotate(first=models.Min("saved_at"))
        return list(first.values_list("first", flat=True))

    def superseded_before_closing(self, moment):
        """What was said before what is said now, of answers or of projects whose assessment closed before `moment`."""
        subject, assessment = self.model.SUBJECT, self.model.ASSESSMENT
        closed = self.filter(**{f"{assessment}__closed_at__lt": moment})
        return closed.exclude(version=F(f"{subject}__version")).order_by("pk")

    def newest_first(self):
        return self.order_by("-version", "-pk")


class ProjectQuerySet(models.QuerySet):
    def standing(self):
        """Those that were not removed, by name."""
        return self.filter(removed_at=None).order_by("name_key", "pk")


class ResultQuerySet(models.QuerySet):
    def for_user(self, user):
        """Results of the teams that the person may see."""
        return self.filter(team__in=Team.objects.for_user(user))

    def standing(self):
        """Those whose closing was not undone."""
        return self.filter(withdrawn_at=None)

    def in_time_order(self):
        return self.order_by("period", "closed_at", "pk")

    def newest_first(self):
        return self.order_by("-period", "-closed_at", "-pk")

    def latest_of_each_team(self):
        """The last result of each team among these, by the team's name, with team and organization."""
        later = self.filter(team=OuterRef("team")).newest_first().values("pk")[:1]
        return (
            self.filter(pk=Subquery(later))
            .select_related("team", "organization")
            .defer("scorecard", "answers")
            .order_by("team__name", "pk")
        )

    def last_before(self, result):
        """The standing result of the team's last earlier period, or None."""
        return self.standing().filter(team=result.team_id, period__lt=result.period).newest_first().first()

    def history_up_to(self, result):
        """Rows (period, framework key and version, overall score, level) of the team's standing results so far.

        The last one of each quarter, in time order; nothing else leaves the database.
        """
        rows = self.standing().filter(team=result.team_id, period__lte=result.period, closed_at__lte=result.closed_at)
        parts = ("framework_key", "framework_version", "scores__overall__score", "scores__overall__level")
        return list({row[0]: row for row in rows.in_time_order().values_list("period", *parts)}.values())

    def of_last_two_periods(self):
        """Each team's results of the last two quarters in which it has any."""
        place = Window(DenseRank(), partition_by="team", order_by=F("period").desc())
        return self.annotate(place=place).filter(place__lte=2)

    def of_organization(self, organization):
        return self.filter(organization=organization)

    def periods(self) -> list[str]:
        """The quarters in which there are results, newest first."""
        return list(self.order_by("-period").values_list("period", flat=True).distinct())

    def of_teams_in(self, teams, periods) -> dict[str, dict]:
        """The last closed result of each of these teams, by quarter and team id; of few teams, in one query."""
        found: dict[str, dict] = {period: {} for period in periods}
        for result in self.filter(team__in=teams, period__in=found).for_dashboard().in_time_order():
            found[result.period][result.team_id] = result
        return found

    def last_by_team(self) -> dict:
        """The last closed result of each team, by team id; meant for the results of one quarter."""
        return {result.team_id: result for result in self.for_dashboard().in_time_order()}

    def history_of(self, *names: str):
        """Rows (team id, period, framework key and version, form, assessment id, then the named parts of `scores`).

        In time order. A name is a path of keys, as in "principles__P09"; only these parts leave the database.
        """
        parts = [f"scores__{name}" for name in names]
        return self.in_time_order().values_list(
            "team_id", "period", "framework_key", "framework_version", "form", "assessment_id", *parts
        )

    def questions_of(self, assessments) -> dict:
        """The stored card's questions of these assessments, by assessment id; nothing else leaves the database."""
        chosen = self.filter(assessment__in=assessments)
        return dict(chosen.values_list("assessment_id", "scorecard__questions").order_by("pk"))

    def of_release(self, framework_key: str, framework_version: str):
        return self.filter(framework_key=framework_key, framework_version=framework_version)

    def with_questions(self):
        """Rows (organization's name, team's name, period, form, the stored card's questions), by team and time."""
        by_team = self.order_by("organization__name", "organization_id", "team_name", "period", "closed_at", "pk")
        return by_team.values_list("organization__name", "team_name", "period", "form", "scorecard__questions")

    def latest_closed(self):
        """The result with the greatest closing time of the whole installation, or None."""
        return self.order_by("-closed_at", "-pk").first()

    def for_dashboard(self):
        """Only the columns that a comparison needs: the whole card and the answers stay in the database."""
        return self.only(
            "organization_id", "team_id", "team_name", "period", "form", "respondents", "framework_key",
            "framework_version", "scores", "closed_at", "assessment_id",
        )  # fmt: skip


class QuarterQuerySet(models.QuerySet):
    def of_organization(self, organization):
        return self.filter(organization=organization)

    def if_counted(self, organization_id: int, period: str):
        """These rows, or none of them while there is none of this quarter."""
        return self.filter(Exists(self.model.objects.filter(organization=organization_id, period=period)))

    def since(self, organization_id: int, period: str) -> dict:
        """The rows of a quarter and those after it by quarter, locked until the end of the transaction."""
        rows = self.filter(organization=organization_id, period__gte=period).order_by("period")
        return {row.period: row for row in rows.select_for_update(no_key=True)}

    def newest_last(self):
        """Rows (organization id, period, what pages read of it) of quarters in which there are results."""
        return self.filter(figures__teams__gt=0).order_by("period").values_list("organization", "period", "figures")

    def figures_by_period(self) -> dict[str, dict]:
        """What pages read of each quarter in which there are results, newest first."""
        rows = self.order_by("-period").values_list("period", "figures")
        return {period: found for period, found in rows if found.get("teams")}


class ReconfirmationQuerySet(models.QuerySet):
    def due_for(self, assessment):
        """Those that this assessment is asked to answer: marked since the team last closed one, by question."""
        closed = apps.get_model("assessment", "Result").objects.standing()
        answered = closed.filter(team=OuterRef("team"), closed_at__gte=OuterRef("marked_at"))
        return self.filter(~Exists(answered), team=assessment.team_id).order_by("question_key", "marked_at", "pk")


class OutcomeQuerySet(models.QuerySet):
    def of_team(self, team):
        """One team's, in time order."""
        return self.filter(team=team).order_by("period", "pk")

    def of_period(self, teams, period: str) -> dict:
        """Those of these teams in one quarter, by team id."""
        return {outcome.team_id: outcome for outcome in self.filter(team__in=teams, period=period).order_by("pk")}

    def around(self, team, period: str) -> dict:
        """The team's last ones up to a quarter, by quarter: of that quarter and of the last one before with numbers."""
        return {one.period: one for one in self.filter(team=team, period__lte=period).order_by("-period", "-pk")[:2]}
