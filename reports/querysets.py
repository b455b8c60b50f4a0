"""Every read of roadmaps and reports."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Case, Q, When

from organizations.models import Team, User


class ScenarioQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(result__team__in=Team.objects.for_user(user))

    def of_result(self, result):
        """The scenarios of a result with the people who saved them, oldest first."""
        return self.filter(result=result).select_related("updated_by").order_by("pk")

    def standing_of(self, result):
        """The scenario that pages show unless another is named: the adopted one, else the oldest, or None."""
        is_adopted = Q(adopted_plans__result=result, adopted_plans__ended_at=None)
        last = Case(When(is_adopted, then=0), default=1)
        return self.filter(result=result).select_related("updated_by").order_by(last, "pk").first()


class TeamInitiativeQuerySet(models.QuerySet):
    def of_team(self, team):
        """Those that the team has now, in the order in which they were made."""
        return self.filter(team=team, removed_at=None).select_related("updated_by").order_by("number")


class AdoptedPlanQuerySet(models.QuerySet):
    def for_user(self, user):
        """Plans of the teams that the person may see, but for those of an undone closing."""
        return self.filter(team__in=Team.objects.for_user(user), result__withdrawn_at=None)

    def with_result(self):
        return self.select_related("team", "result__team", "result__organization", "scenario", "adopted_by")

    def standing(self):
        """Those that no later adoption for the same result replaced, of closings that weren't undone."""
        return self.filter(ended_at=None, result__withdrawn_at=None)

    def of_result(self, result):
        """The plan that is adopted for the result, or None."""
        return self.standing().filter(result=result).first()

    def of_choices(self, result, digest: str):
        """The plan that is adopted for the result, if it was made with the choices of this digest."""
        return self.standing().filter(result=result, digest=digest)

    def newest_first(self):
        return self.order_by("-result__period", "-adopted_at", "-pk")

    def latest_of_team(self, team):
        """The team's adopted plan of the latest quarter with its result, or None."""
        return self.standing().filter(team=team).select_related("result").newest_first().first()

    def latest_of_teams(self, teams) -> list:
        """The adopted plan of the latest quarter of each of these teams that has one, in two queries."""
        newest = self.standing().filter(team__in=teams).newest_first().values_list("team", "pk")
        latest = dict(reversed(newest))
        chosen = self.filter(pk__in=latest.values()).select_related("result", "team").order_by("team__name", "pk")
        return list(chosen.only("team", "team__name", "result__assessment"))

    def before(self, result):
        """The team's plans that were adopted for results of earlier quarters, with these results, oldest first."""
        earlier = self.standing().filter(team=result.team_id, result__period__lt=result.period)
        return earlier.select_related("result").defer("result__answers").order_by("result__period", "pk")


class PlanItemQuerySet(models.QuerySet):
    def for_user(self, user):
        """Items of the plans that the person may see."""
        return self.filter(plan__team__in=Team.objects.for_user(user), plan__result__withdrawn_at=None)

    def of_organization(self, organization):
        return self.filter(plan__result__organization=organization)

    def with_plan(self):
        return self.select_related("plan__result__organization", "plan__team", "updated_by")

    def of_plans(self, plans):
        """The items of these plans with team and release, by team and plan."""
        of_result = ("assessment", "framework_key", "framework_version")
        fields = ("plan__team__name", *(f"plan__result__{name}" for name in of_result))
        fields += ("initiative", "name", "quarter", "effort", "owner", "status")
        chosen = self.filter(plan__in=plans).select_related("plan__team", "plan__result").only(*fields)
        return chosen.order_by("plan__team__name", "plan__team_id", "pk")

    def in_order(self):
        """By the quarter in which they stand, then in the order of the plan."""
        return self.order_by("quarter", "pk")

    def owners_of(self, result) -> dict[str, str]:
        """Who owns which initiative of the plan that is adopted for the result, where somebody does."""
        standing = self.filter(plan__result=result, plan__ended_at=None).exclude(owner="")
        return dict(standing.order_by("pk").values_list("initiative", "owner"))

    def done_by(self, moment):
        """Those marked done at `moment` or before."""
        return self.filter(status="done", done_at__lte=moment)


class SolvedPlanQuerySet(models.QuerySet):
    def by_instance(self, digest: str):
        """What was found for the instance with this digest, or None."""
        return self.filter(instance=digest).first()


class ReportQuerySet(models.QuerySet):
    def for_user(self, user):
        """Reports of the teams that the person may see."""
        return self.filter(result__team__in=Team.objects.for_user(user))

    def with_result(self):
        return self.select_related("job", "requested_by", "result__team", "result__organization")

    def of_assessment(self, assessment_id: int):
        """Reports of the standing result: what an undone closing said is nobody's to read any more."""
        return self.filter(result__assessment=assessment_id, result__withdrawn_at=None)

    def for_audiences(self, audiences):
        return self.filter(audience__in=audiences)

    def by_key(self, key: str):
        """The report whose job has this key, with its job and result, or None."""
        return self.with_result().filter(job__key=key).first()

    def asked_for_before(self, moment):
        """Built reports of results that stand, asked for before `moment`."""
        return self.filter(requested_at__lt=moment, result__withdrawn_at=None, job__state="done").exclude(file="")

    def newest_first(self):
        return self.select_related("job", "requested_by").order_by("-requested_at", "-pk")


class AnyShareLinkQuerySet(models.QuerySet):
    def usable(self, now: datetime):
        """Neither expired nor revoked; whether their report stands is another question."""
        return self.filter(revoked_at=None, expires_at__gt=now)

    def newest_first(self):
        return self.select_related("created_by").order_by("-created_at", "-pk")


class ShareLinkQuerySet(AnyShareLinkQuerySet):
    def with_report(self):
        return self.select_related("report__job", "report__result__organization", "report__result__team")


class OrganizationShareLinkQuerySet(AnyShareLinkQuerySet):
    def with_report(self):
        return self.select_related("report__job", "report__organization")


class RecipientQuerySet(models.QuerySet):
    def people(self):
        """The persons themselves, by name."""
        return User.objects.filter(pk__in=self.values("user")).order_by("name", "email", "pk")


class FindingQuerySet(models.QuerySet):
    def of_assessment(self, assessment_id: int):
        return self.filter(assessment=assessment_id)

    def told(self):
        """Those that say something, in the order of their subjects: the sentence at the head first."""
        return self.exclude(text_en="", text_pt_br="").order_by("subject", "pk")


class FindingRevisionQuerySet(models.QuerySet):
    def says(self, assessment_id: int, subject: str, texts, author: str) -> bool:
        """Whether a person of this name ever saved these texts, by language, on the subject."""
        said = {"text_en": texts.get("en", ""), "text_pt_br": texts.get("pt-br", ""), "author_name": author}
        return self.filter(finding__assessment=assessment_id, finding__subject=subject, **said).exists()


class LogoQuerySet(models.QuerySet):
    def of_organization(self, organization_id: int):
        return self.filter(organization=organization_id)

    def standing(self):
        """Those that weren't replaced or removed, the own one first."""
        return self.filter(replaced_at=None).order_by("-place", "pk")

    def by_hash(self, hashes) -> dict:
        """Logos by the hash of their content, replaced ones too; of equal ones the newest."""
        return {logo.sha256: logo for logo in self.filter(sha256__in=hashes).order_by("pk")}


class OrganizationReportQuerySet(models.QuerySet):
    def of_organization(self, organization):
        return self.filter(organization=organization)

    def with_job(self):
        return self.select_related("job", "organization", "requested_by")

    def asked_for_before(self, moment):
        """Built reports that were asked for before `moment`."""
        return self.filter(requested_at__lt=moment, job__state="done").exclude(file="")

    def by_key(self, key: str):
        """The report whose job has this key, or None."""
        return self.with_job().filter(job__key=key).first()

    def newest_first(self):
        return self.with_job().order_by("-requested_at", "-pk")


class OrganizationFollowerQuerySet(models.QuerySet):
    def not_told_of(self, moment: datetime):
        """Those who have no report about what was closed at this moment."""
        return self.filter(told_until__lt=moment).select_related("user").order_by("pk")
