"""Reports on the portal: downloaded, checked by code and by bytes."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from creditfiles import services
from tests.creditfiles.test_reports import READER
from tests.factories.records import make_subject, published_penalty
from tests.people import Cast, make_cast


class ReportOnThePortalTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subject = make_subject("惠州市示例餐饮管理有限公司")
        cls.penalty = published_penalty(cls.cast, cls.subject)

    def download(self) -> tuple[bytes, str]:
        response = self.client.get(reverse("portal:report", args=[self.subject.pk]))
        self.assertEqual((response.status_code, response["Content-Type"]), (200, "application/pdf"))
        self.assertIn("attachment", response["Content-Disposition"])
        report = services.public_report(self.subject, actor=READER)
        return response.content, report.code

    def check(self, code: str, content: bytes | None = None) -> str:
        address = reverse("portal:verify", args=[code])
        if content is None:
            return self.client.get(address).content.decode()
        upload = SimpleUploadedFile("report.pdf", content, "application/pdf")
        return self.client.post(address, {"file": upload}).content.decode()

    def test_a_downloaded_report_is_genuine_and_unchanged(self) -> None:
        pdf, code = self.download()
        self.assertIn("真实有效", self.check(code))
        self.assertIn("逐字节相同", self.check(code, pdf))

    def test_a_changed_byte_is_found_on_the_page(self) -> None:
        pdf, code = self.download()
        broken = bytearray(pdf)
        broken[1000] ^= 1
        self.assertIn("内容被改动过", self.check(code, bytes(broken)))

    def test_a_form_without_a_file_says_what_to_do(self) -> None:
        _, code = self.download()
        response = self.client.post(reverse("portal:verify", args=[code]))
        self.assertIn("请选择要核对的 PDF 文件", response.content.decode())

    def test_an_unknown_code_is_404_and_says_not_to_trust_the_report(self) -> None:
        response = self.client.get(reverse("portal:verify", args=["0000-0000-0000-0000"]))
        self.assertEqual(response.status_code, 404)
        self.assertIn("不要采信", response.content.decode())

    def test_a_typed_code_leads_to_its_page_however_it_was_typed(self) -> None:
        _, code = self.download()
        response = self.client.get(reverse("portal:verify-start"), {"code": code.lower().replace("-", " ")})
        self.assertRedirects(response, reverse("portal:verify", args=[code]))
        wrong = self.client.get(reverse("portal:verify-start"), {"code": "随便写的"})
        self.assertIn("不是核验码", wrong.content.decode())

    def test_a_report_of_a_person_does_not_exist(self) -> None:
        person = make_subject("张三", kind="natural_person")
        self.assertEqual(self.client.get(reverse("portal:report", args=[person.pk])).status_code, 404)

    def test_a_body_that_only_an_unapproved_entry_knows_has_no_report(self) -> None:
        unknown = make_subject("惠州市未审核示例有限公司")
        self.assertEqual(self.client.get(reverse("portal:report", args=[unknown.pk])).status_code, 404)

    def test_a_report_that_is_not_public_names_nobody(self) -> None:
        query = services.open_file(
            self.subject, purpose="supervision", legal_basis="依据", reference="文号", actor=self.cast.office
        )
        report = services.issue_report(query, actor=self.cast.office)
        shown = self.check(report.code)
        self.assertIn("真实有效", shown)
        self.assertNotIn("示例餐饮", shown)

    def test_the_keys_are_public_and_only_their_public_halves(self) -> None:
        keys = self.client.get(reverse("portal:verify-keys")).json()["keys"]
        self.assertEqual(set(keys[0]), {"key_id", "algorithm", "public"})
