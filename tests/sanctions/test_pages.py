"""What readers see: the public pages and the credit file tell of what is public, and never of people."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from records.panels import panels
from sanctions import services
from sanctions.models import MeasureEdition, Sanction
from tests.factories import integrity
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import make_tenure
from tests.factories.sanctions import TODAY, approved, head, imposed, loaded, plan_measure, proposed, row, workbook
from tests.portal.stories import open_persons_penalties
from tests.sanctions.test_services import Story

WHEN = TODAY + timedelta(days=1)


class PublicTests(Story):
    def page(self, path: str) -> str:
        return self.client.get(path).content.decode()

    def of_file(self, subject_id: int, kind: str, *, public: bool) -> dict[str, str]:
        found = panels([subject_id], WHEN, kind=kind, public=public)
        return {p.title: "".join(text for _, text in p.lines) for p in found if "惩戒" in p.title}

    def test_a_public_record_tells_what_follows_from_it_as_long_as_it_does(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit, executor_id=self.executor.pk)
        path = f"/records/{self.penalty.pk}/"
        page = self.page(path)
        assert "因此正在执行的惩戒措施" in page and self.limit.name in page and "依清单采取" not in page
        services.lift(sanction.pk, actor=self.cast.office, reason="已整改。", today=TODAY)
        assert self.limit.name not in self.page(path)

    def test_what_waits_and_what_begins_later_is_not_told(self) -> None:
        proposed(self.cast, self.penalty, self.limit)
        imposed(self.cast, self.penalty, self.edition.measures.get(number=2), starts_on=TODAY + timedelta(days=30))
        assert "因此正在执行的惩戒措施" not in self.page(f"/records/{self.penalty.pk}/")

    def test_only_categories_that_the_rule_names(self) -> None:
        (then,) = services.heads(self.fault)
        imposed(self.cast, self.fault, plan_measure("追究主要负责人责任"), tenure_id=then.pk)
        imposed(self.cast, self.fault, self.stop)
        page = self.page(f"/records/{self.fault.pk}/")
        assert self.stop.name in page and "追究主要负责人责任" not in page and then.official.name not in page
        shown = self.of_file(self.fault.subject_id, "agency", public=True)
        assert list(shown) == ["因此采取的惩戒措施"]
        assert self.stop.name in shown["因此采取的惩戒措施"] and "追究" not in shown["因此采取的惩戒措施"]
        inside = self.of_file(self.fault.subject_id, "agency", public=False)
        assert "追究主要负责人责任" in inside["不向社会公开的惩戒措施"]

    def test_never_of_people(self) -> None:
        official = make_tenure(self.cast.agency, 907, TODAY - timedelta(days=900)).official
        fault = integrity.effective(self.cast, official)
        measure = plan_measure("公务员限制评优评先")
        imposed(self.cast, fault, measure)
        assert self.of_file(official.pk, "official", public=True) == {}
        assert measure.name in self.of_file(official.pk, "official", public=False)["因此采取的惩戒措施"]
        open_persons_penalties()  # masked, and public all the same
        person = make_subject("欧阳示例", kind="natural_person")
        record = published_penalty(self.cast, person)
        edition = approved(self.cast, [row(1, subject_kinds="自然人")], level="city")
        sanction = imposed(self.cast, record, edition.measures.get())
        assert record.status == "published" and sanction.measure.name not in self.page(f"/records/{record.pk}/")
        assert not Sanction.objects.public(WHEN, ["management"]).filter(subject__in=[official, person]).exists()
        assert self.of_file(person.pk, "natural_person", public=True) == {}

    def test_lists_in_force_and_to_come(self) -> None:
        approved(self.cast, [row(1, name="将来的措施")], level="city", in_force_from=TODAY + timedelta(days=40))
        loaded(self.cast, [row(1, name="未批准的措施")], level="province")
        page = self.page("/measures/")
        now, later = page.split("已批准、尚未施行")
        assert "限制试点示范" in now and self.limit.name in now and "将来的措施" in later
        assert "未批准的措施" not in page and "2026年1月1日起施行" in now

    def test_notices_are_public_while_they_run(self) -> None:
        assert "目前没有正在公开的通报批评" in self.page("/measures/notices/")
        sanction = imposed(self.cast, self.fault, plan_measure("公开通报批评"))
        page = self.page("/measures/notices/")
        assert sanction.notice in page and f"/records/{self.fault.pk}/" in page
        assert sanction.notice in self.page(f"/records/{self.fault.pk}/")
        services.lift(sanction.pk, actor=self.cast.office, reason="已整改。", today=TODAY)
        assert sanction.notice not in self.page("/measures/notices/")


class StaffTests(Story):
    def client_of(self, person: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[person])
        return client

    def upload(self, content: bytes, **changes: Any) -> Any:
        values = {**head("city", **changes), "file": SimpleUploadedFile("清单.xlsx", content)}
        return self.client_of("office").post("/staff/measures/new/", values)

    def test_a_list_with_mistakes_is_told_about_and_nothing_is_kept(self) -> None:
        response = self.upload(workbook([row(1, category="加重"), row(2, content="")]))
        page = response.content.decode()
        assert response.status_code == 400 and "第2行“类别”" in page and "第3行“惩戒内容”" in page
        assert not MeasureEdition.objects.filter(level="city").exists()
        response = self.upload(workbook([row(1)]))
        assert response.status_code == 302
        edition = MeasureEdition.objects.get(level="city")
        path = f"/staff/measures/{edition.pk}/"
        assert "您不能批准这份清单" in self.client_of("office").get(path).content.decode()
        second = self.client_of("second_office")
        assert second.post(path, {"decision": "reject", "opinion": ""}).status_code == 400
        second.post(path, {"decision": "ratify", "seen": edition.digest})
        edition.refresh_from_db()
        assert edition.status == "approved"

    def test_lists_are_filtered_and_every_agency_sees_its_own(self) -> None:
        mine = imposed(self.cast, self.fault, self.stop, executor_id=self.executor.pk)
        imposed(self.cast, self.penalty, self.limit)

        def listed(person: str, query: str) -> int:
            page = self.client_of(person).get(f"/staff/sanctions/{query}").content.decode()
            return page.count('data-label="执行单位"')

        assert listed("office", "?tab=execute") == listed("auditor", "?tab=active") == 2
        assert listed("other_clerk", "?tab=execute") == 1 and listed("clerk", "?tab=execute") == 0
        assert listed("clerk", "?tab=active") == 2  # it decided both causes
        assert listed("office", f"?tab=active&q={mine.subject.name}") == 1
        assert listed("office", f"?tab=active&executor={self.executor.pk}") == 1
        assert listed("office", "?tab=active&category=other") == 0
        assert "待执行的惩戒" in self.client_of("other_clerk").get("/staff/").content.decode()

    def test_refusals_stand_beside_their_fields_and_what_was_typed_is_kept(self) -> None:
        typed = {"starts_on": "2020-01-01", "reason": "依清单。", "measure": "", "executor": ""}
        response = self.client_of("clerk").post(f"/staff/records/{self.penalty.pk}/sanctions/new/", typed)
        page = response.content.decode()
        assert response.status_code == 400 and "依清单。" in page
        for said in ("惩戒不溯及既往", "清单之外不得采取惩戒", "请选择一个政府机构", "请填写不晚于该日的截止日"):
            assert said in page, said
        assert self.stop.name not in page  # not offered: it is about agencies

    def test_an_agency_that_has_no_part_in_it_does_not_find_it(self) -> None:
        sanction = imposed(self.cast, self.penalty, self.limit)
        path = f"/staff/sanctions/{sanction.pk}/"
        assert self.client_of("other_clerk").get(path).status_code == 404
        assert self.client_of("other_clerk").post(f"{path}stop/").status_code == 404
        assert self.client_of("clerk").post(f"{path}stop/").status_code == 403
        assert self.client_of("clerk").get(path).status_code == 200
