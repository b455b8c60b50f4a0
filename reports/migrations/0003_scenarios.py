import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A result has several named sets of choices; the one that it had stays, as the first and without a name."""

    dependencies = [
        ("assessment", "0002_an_answered_question_has_a_level"),
        ("reports", "0002_solved_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel(old_name="Roadmap", new_name="Scenario"),
        migrations.AddField(
            model_name="scenario",
            name="name",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="name"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="scenario",
            name="result",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="scenarios", to="assessment.result"
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=models.UniqueConstraint(
                models.F("result"), django.db.models.functions.text.Lower("name"), name="one_scenario_per_name"
            ),
        ),
    ]
