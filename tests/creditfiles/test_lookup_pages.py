"""Lists on the staff site and by API: asked, read by verdict, taken out, printed, verified."""

import io
import json
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from core.models import AuditEvent
from creditfiles import verification
from creditfiles.models import CreditReport, Lookup, QueryLog
from creditfiles.services import erase_lists
from records import services as ledger
from records.services.keys import issue_key
from tests.creditfiles.lists import PERSONS_NUMBER, STATEMENTS, TODAY, Street, id_number
from tests.factories.records import published_penalty
from tests.factories.registry import SYSTEM


class ListPagesTests(TestCase):
    street: Street

    @classmethod
    def setUpTestData(cls) -> None:
        cls.street = Street()

    def setUp(self) -> None:
        self.client.force_login(self.street.cast.users["office"])

    def send(self, **data: Any) -> Any:
        given = {"about": "bodies", "purpose": "supervision", **STATEMENTS, **data}
        return self.client.post(reverse("admin:lookup_new"), given)

    def ask(self, **data: Any) -> Lookup:
        response = self.send(**data)
        self.assertEqual(response.status_code, 302, response.content.decode()[:3000] if response.content else "")
        return Lookup.objects.latest("pk")

    def page(self, lookup: Lookup, **query: str) -> str:
        return self.client.get(reverse("admin:lookup", args=[lookup.pk]), query).content.decode()

    def test_a_pasted_list_is_answered_line_by_line(self) -> None:
        s = self.street
        lookup = self.ask(text=f"{s.firm.name}\r\n\r\n{s.clear.code}\r\n惠州市示例同名商行\r\n没有这个单位")
        page = self.page(lookup)
        self.assertIn("有记录（1）", page)
        self.assertIn(s.penalty.document_number, page)
        self.assertIn("监督检查名单查询", page)
        self.assertIn("请补充统一社会信用代码", self.page(lookup, verdict="ambiguous"))
        self.assertIn("第5行", self.page(lookup, verdict="unknown"))

    def test_a_workbook_is_read_by_its_headers(self) -> None:
        book = Workbook()
        sheet = book.active
        sheet.append(["2026年拟提拔人员名单"])
        sheet.append(["序号", "姓名", "身份证号", "工作单位", "现任职务"])
        sheet.append([1, "司徒示例", id_number(1), "", "局长"])
        sheet.append([2, "司徒示例", "", "惠城区示例文化局", "科长"])
        sheet.append([3, "司徒示例", "", "", ""])
        sheet.append([4, "上官示例", 441302198001010011, "", ""])
        out = io.BytesIO()
        book.save(out)
        upload = SimpleUploadedFile("名单.xlsx", out.getvalue())
        lookup = self.ask(about="officials", purpose="promotion", file=upload)
        lines = list(lookup.lines.order_by("number"))
        self.assertEqual([x.number for x in lines], [3, 4, 5, 6])
        self.assertEqual([x.verdict for x in lines], ["clear", "clear", "ambiguous", "malformed"])
        self.assertIn("请把单元格设为文本格式", lines[3].advice)
        self.assertNotIn("4413", lines[3].advice)

    def test_what_is_missing_is_told_beside_its_field_and_the_list_stays_typed(self) -> None:
        response = self.send(text="惠州市示例同名商行", reference="")
        self.assertContains(response, "请填写查询文号", status_code=400)
        self.assertContains(response, "惠州市示例同名商行", status_code=400)
        self.assertContains(self.send(), "请粘贴名单，或上传表格", status_code=400)
        no_table = SimpleUploadedFile("名单.xlsx", b"MZ\x90\x00" + b"\x00" * 100)
        self.assertContains(self.send(file=no_table), "可执行程序", status_code=400)
        self.assertEqual(Lookup.objects.count(), 0)

    def test_a_refusal_is_told_in_the_form_and_the_list_stays_typed(self) -> None:
        response = self.send(text="惠州市示例同名商行", purpose="project_approval", about="officials")
        self.assertContains(response, "不能查询公务员", status_code=400)
        self.assertContains(response, "惠州市示例同名商行", status_code=400)

    def test_pages_of_a_verdict_meet_and_take_the_same_number_of_queries(self) -> None:
        few, many = self.ask(text="没有甲\n没有乙"), self.ask(text="\n".join(f"没有{n}号单位" for n in range(60)))
        seen: list[int] = []
        after = ""
        while True:
            page = self.client.get(reverse("admin:lookup", args=[many.pk]), {"after": after})
            seen += [row["line"].number for row in page.context["rows"]]
            after = str(page.context["following"])
            if not after:
                break
        self.assertEqual(seen, list(range(1, 61)))
        with self.assertNumQueries(7):
            self.page(few)
        with self.assertNumQueries(7):
            self.page(many)

    def test_the_answers_are_taken_out_and_that_is_noted(self) -> None:
        s = self.street
        lookup = self.ask(text=f"{s.firm.name}\n没有这个单位")
        address = reverse("admin:lookup_export", args=[lookup.pk, "csv"])
        table = b"".join(self.client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = table.splitlines()
        self.assertEqual(len(rows), 4, "a heading, two records, one line without")
        self.assertIn(s.penalty.document_number, table)
        address = reverse("admin:lookup_export", args=[lookup.pk, "xlsx"])
        response = self.client.get(address)
        sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active  # type: ignore[attr-defined]
        self.assertEqual(sheet.max_row, 4)
        self.assertNotIn("示例", response["Content-Disposition"])
        self.assertEqual(AuditEvent.objects.filter(action="creditfiles.list_exported").count(), 2)
        self.assertEqual(self.client.get(reverse("admin:lookup_export", args=[lookup.pk, "pdf"])).status_code, 404)

    def test_anothers_list_does_not_exist(self) -> None:
        lookup = self.ask(text=self.street.firm.name)
        self.client.force_login(self.street.cast.users["reviewer"])
        for name, args in (("lookup", []), ("lookup_export", ["csv"])):
            self.assertEqual(self.client.get(reverse(f"admin:{name}", args=[lookup.pk, *args])).status_code, 404)
        self.assertEqual(self.client.post(reverse("admin:lookup_report", args=[lookup.pk])).status_code, 404)

    def test_the_printed_result_is_verified_without_naming_anybody_and_says_what_changed(self) -> None:
        s = self.street
        lookup = self.ask(text=f"{s.firm.name}\n{s.clear.name}")
        response = self.client.post(reverse("admin:lookup_report", args=[lookup.pk]))
        self.assertTrue(response.content.startswith(b"%PDF"))
        self.assertNotIn("示例", response["Content-Disposition"])
        report = CreditReport.objects.get()
        self.assertEqual({record for record, _ in report.covered}, {s.penalty.pk, s.older.pk})
        found = verification.find(report.code)
        assert found is not None
        self.assertTrue(found.genuine and found.current)
        page = Client().get(reverse("portal:verify", args=[report.code])).content.decode()
        self.assertIn("真实有效", page)
        self.assertIn("名单查询结果", page)
        for word in ("示例", "监督检查", STATEMENTS["reference"]):
            self.assertNotIn(word, page.split("<main", 1)[1].split("</main>", 1)[0])
        upload = SimpleUploadedFile("r.pdf", response.content[:-1] + b"x", "application/pdf")
        page = Client().post(reverse("portal:verify", args=[report.code]), {"file": upload}).content.decode()
        self.assertIn("内容被改动过", page)
        change = ledger.propose_withdrawal(s.penalty.pk, actor=s.cast.clerk, reason="决定被撤销")
        ledger.accept_change(change.pk, actor=s.cast.reviewer, today=TODAY)
        published_penalty(s.cast, s.clear)
        found = verification.find(report.code)
        assert found is not None
        self.assertEqual((found.genuine, found.changed, found.added), (True, 1, 1))

    def test_a_list_that_was_erased_says_so_and_its_printed_result_still_verifies(self) -> None:
        lookup = self.ask(text=self.street.firm.name)
        self.client.post(reverse("admin:lookup_report", args=[lookup.pk]))
        erase_lists(today=lookup.day + timedelta(days=181), actor=SYSTEM)
        self.assertIn("名单已清除", self.page(lookup))
        self.assertEqual(self.client.post(reverse("admin:lookup_report", args=[lookup.pk])).status_code, 409)
        found = verification.find(CreditReport.objects.get().code)
        assert found is not None
        self.assertTrue(found.genuine and found.current)


class CallTests(TestCase):
    """POST /api/v1/lookups/ with a department's key."""

    street: Street

    @classmethod
    def setUpTestData(cls) -> None:
        cls.street = Street()
        cls.key, cls.secret = issue_key(cls.street.agency.pk, name="项目审批系统", actor=cls.street.cast.office)

    def call(self, lines: Any, batch: str = "batch-1", **changes: Any) -> Any:
        body = {"about": "bodies", "purpose": "project_approval", **STATEMENTS, "lines": lines, **changes}
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": batch}
        return self.client.post("/api/v1/lookups/", json.dumps(body), content_type="application/json", headers=headers)

    def test_every_line_is_answered_and_the_agency_is_who_asked(self) -> None:
        s = self.street
        lines = [{"name": s.firm.name}, {"code": s.clear.code, "name": None}, {"name": "没有这个单位"}]
        answer = self.call(lines).json()
        self.assertEqual([x["verdict"] for x in answer["lines"]], ["found", "clear", "unknown"])
        self.assertEqual(answer["lines"][0]["subject"], s.firm.name)
        rules = [rule["code"] for rule in answer["rules"]]
        self.assertEqual(rules, ["lookup.project_approval", "lookup.list.project_approval"])
        look = QueryLog.objects.filter(subject=s.firm).get()
        self.assertEqual((look.unit, look.user_id, look.door), (s.agency.name, None, "api"))
        self.assertEqual(Lookup.objects.get().agency, s.agency)
        self.assertIn(Lookup.objects.get(), Lookup.objects.visible_to(s.cast.actor("agency_admin")))

    def test_the_same_batch_number_answers_the_same_and_logs_nothing_anew(self) -> None:
        lines = [{"name": self.street.firm.name}]
        first, again = self.call(lines).json(), self.call(lines).json()
        self.assertEqual((first["replayed"], again["replayed"]), (False, True))
        self.assertEqual(first["lines"], again["lines"])
        self.assertEqual((Lookup.objects.count(), QueryLog.objects.count()), (1, 1))
        other = self.call([{"name": "别的单位"}])
        self.assertEqual((other.status_code, other.json()["code"]), (409, "key_reused"))
        self.assertEqual(self.call(lines, reference="另一文号").status_code, 409)

    def test_refusals_say_why(self) -> None:
        lines = [{"name": "甲"}]
        for changes, status, code in (
            ({"reference": ""}, 400, "look_incomplete"),
            ({"purpose": "recruitment", "about": "persons"}, 403, "not_entitled"),
            ({"purpose": "subject_request"}, 404, "rule_missing"), ({"lines": []}, 400, "lines"),
            ({"lines": [{"姓名": "甲"}]}, 400, "lines"), ({"about": "x"}, 400, "about"),
            ({"lines": [{"name": "甲"}] * 1001}, 400, "too_many_lines"),
        ):  # fmt: skip
            response = self.call(changes.get("lines", lines), **{k: v for k, v in changes.items() if k != "lines"})
            self.assertEqual((response.status_code, response.json()["code"]), (status, code), changes)
        self.assertEqual(Lookup.objects.count(), 0)
        self.assertEqual(self.client.post("/api/v1/lookups/").status_code, 401)

    def test_an_identity_number_is_in_no_answer_and_people_elsewhere_do_not_exist(self) -> None:
        people = {"purpose": "honours", "about": "officials"}
        lines = [{"name": "司徒示例", "code": id_number(1)}, {"name": "司徒示例", "code": id_number(2)},
                 {"name": "欧阳示例", "code": PERSONS_NUMBER}]  # fmt: skip
        response = self.call(lines, **people)
        self.assertEqual([x["verdict"] for x in response.json()["lines"]], ["clear", "unknown", "unknown"])
        for number in (id_number(1), id_number(2), PERSONS_NUMBER):
            self.assertNotIn(number, response.content.decode())
