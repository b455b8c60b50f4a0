"""Which function does which kind of job: the one place where lower rooms meet higher ones."""

from django.utils.module_loading import import_string

from assessment.models import Result
from jobs.registry import Handler, register
from organizations.sign_in import letters
from reports.models import Notice, OrganizationNotice, OrganizationReport, Report, Schedule, SolvedPlan


def when_needed(path: str) -> Handler:
    """The handler at this path, imported with its first job: charts and documents would slow each command's start."""

    def handler(payload, context):
        return import_string(path)(payload, context)

    return handler


register(Report.KIND, when_needed("reports.build.build_report"))
register(OrganizationReport.KIND, when_needed("reports.organization_report.build_organization_report"))
register(SolvedPlan.KIND, when_needed("reports.solving.solve_plan"))
register("maintenance", when_needed("config.daily.do_daily_work"), daily=True)
register(Result.KIND, when_needed("reports.delivery.work.after_closing"))
# Left by earlier versions for the time after the search: whoever updates meanwhile still gets the schedule's reports.
register("scheduled-reports", when_needed("reports.delivery.work.after_closing"))
register(Schedule.OUTCOME, when_needed("reports.delivery.work.send_report_failed"))
register(letters.KIND, when_needed("organizations.sign_in.letters.send_password_letter"))
register(Notice.KIND, when_needed("reports.delivery.work.send_report_ready"))
register(OrganizationNotice.KIND, when_needed("reports.delivery.work.send_organization_report_ready"))
