from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class SanctionsConfig(AppConfig):
    name = "sanctions"
    verbose_name = "惩戒措施"

    def ready(self) -> None:
        from core import acts
        from records import panels
        from records.choices import PERSONAL_KINDS, SubjectKind
        from sanctions import trail  # noqa: F401 - registers the audit actions
        from sanctions.guards import lift_guards, restore_guards
        from sanctions.panels import other_sanctions, public_sanctions, sanctions_of_person
        from sanctions.services import end_with_causes, follow_corrections

        acts.subscribe("records.ended", end_with_causes)
        acts.subscribe("records.corrected", follow_corrections)
        bodies = [kind for kind in SubjectKind if kind not in PERSONAL_KINDS]
        panels.register(public_sanctions, kinds=bodies)
        panels.register(other_sanctions, kinds=bodies)
        panels.register(sanctions_of_person, kinds=PERSONAL_KINDS)
        pre_migrate.connect(lift_guards, sender=self, dispatch_uid="sanctions.lift_guards")
        post_migrate.connect(restore_guards, sender=self, dispatch_uid="sanctions.guards")
