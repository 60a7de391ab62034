"""关联承诺或案件: asked about like other free text, read by who may read the file, and not public without a rule."""

from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from core.errors import Invalid
from creditfiles.services import open_file
from integrity import services
from integrity.models import Dishonesty
from records import services as ledger
from tests.factories.integrity import PDF, TODAY, drafted, effective, told, values
from tests.factories.policy import OPENS, approved, version
from tests.people import make_cast

MATTER = "产业扶持协议（惠城工信〔2024〕协字6号）"


class MatterTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def client_of(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def public(self, pk: int) -> str:
        return Client().get(f"/records/{pk}/").content.decode()

    def enter(self, **changes: Any) -> Any:
        return services.enter(
            "dishonesty", values("accountability.notice", **changes), scan=PDF, subject=self.cast.agency,
            agency=self.cast.agency, actor=self.cast.clerk, today=TODAY, numbers_meant=False,
        )  # fmt: skip

    def test_it_may_be_left_out_and_is_typed_changed_and_read_on_the_records_page(self) -> None:
        page = f"/staff/integrity/new/dishonesty/{self.cast.agency.pk}/"
        assert "关联承诺或案件" in self.client_of("clerk").get(page).content.decode()
        record = drafted(self.cast, self.cast.agency)
        assert Dishonesty.objects.get(pk=record.pk).matter == ""
        given = {**values("accountability.notice", document_number=record.document_number), "matter": MATTER}
        self.client_of("clerk").post(f"/staff/records/{record.pk}/integrity/edit/", given)
        assert Dishonesty.objects.get(pk=record.pk).matter == MATTER
        assert MATTER in self.client_of("clerk").get(f"/staff/records/{record.pk}/").content.decode()

    def test_personal_numbers_in_it_are_asked_about_and_too_much_is_refused(self) -> None:
        with pytest.raises(Invalid) as refusal:
            self.enter(matter="与13800138000联系的合同")
        assert (refusal.value.code, set(refusal.value.fields)) == ("personal_numbers", {"matter"})
        with pytest.raises(Invalid) as refusal:
            self.enter(matter="长" * 501)
        assert set(refusal.value.fields) == {"matter"}
        assert self.enter(matter="（2026）粤1302民初3310号").pk

    def test_who_is_told_reads_it_in_the_notice(self) -> None:
        record = told(self.cast, self.cast.agency, matter=MATTER)
        page = self.client_of("agency_admin").get(f"/staff/integrity/notices/{record.pk}/").content.decode()
        assert MATTER in page

    def test_the_authorised_and_the_own_file_show_it_without_the_names_of_responsible_persons(self) -> None:
        record = drafted(self.cast, self.cast.agency)
        head = record.dishonesty.responsibilities.get().official.name
        services.revise(record.pk, {"matter": f"{head}签订的{MATTER}"}, actor=self.cast.clerk)
        ledger.submit(record.pk, actor=self.cast.clerk, today=TODAY)
        ledger.approve(record.pk, actor=self.cast.reviewer, today=TODAY)
        services.find(
            record.pk, opinion="属实。", served_on=TODAY, service="direct", actor=self.cast.office, today=TODAY
        )
        services.confirm(record.pk, actor=self.cast.office, today=OPENS)
        for purpose in ("supervision", "subject_request"):
            look = open_file(
                self.cast.agency, purpose=purpose, legal_basis="《实施方案》", reference="惠城信函〔2026〕9号",
                actor=self.cast.office,
            )  # fmt: skip
            page = self.client_of("office").get(reverse("admin:file", args=[look.pk])).content.decode()
            assert MATTER in page and head not in page, purpose

    def test_it_is_public_only_when_a_rule_names_it(self) -> None:
        record = effective(self.cast, self.cast.agency, tier="serious", matter=MATTER)
        assert "未按规定时限办理审批事项" in self.public(record.pk) and MATTER not in self.public(record.pk)
        fields = ("measure", "document_number", "facts", "matter")
        approved(self.cast, version("dishonesty", "agency", "serious", fields=fields))
        ledger.daily_sweep(today=OPENS)
        assert MATTER in self.public(record.pk)
