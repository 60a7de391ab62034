"""本人查阅 on the portal: one's own file, for a while, in one browser; what was told, and the statement."""

import re
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from freezegun import freeze_time

from core.models import AuditEvent
from creditfiles import services
from creditfiles.models import CreditReport, OwnAccess, QueryLog
from creditfiles.own import proves
from integrity import services as integrity
from integrity.models import Dishonesty, Statement
from portal.throttles import minute
from records.models import Subject
from tests.factories.integrity import PDF, TODAY, drafted, effective, reviewed, told
from tests.factories.records import published_licence
from tests.factories.registry import id_number, make_agency, make_tenure
from tests.people import make_cast

NOW = timezone.make_aware(timezone.datetime(2026, 11, 25, 10, 0))  # type: ignore[attr-defined]
SAID = {"text": "对事实没有异议，超期系系统升级所致。"}


class OwnSite(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        with freeze_time(NOW):
            cls.official = make_tenure(cls.cast.agency, 31, date(2020, 1, 1), name="司徒示例远", post="股长").official
            cls.colleague = make_tenure(cls.cast.agency, 32, date(2020, 1, 1), name="上官示例近").official
            cls.own = effective(cls.cast, cls.official)
            cls.others = effective(cls.cast, cls.colleague)
            cls.told = told(cls.cast, cls.official, "accountability.notice_official")
            cls.others_told = told(cls.cast, cls.colleague, "accountability.notice_official")
            cls.agency = make_agency("惠城区示例水务局")
            cls.agency_told = told(cls.cast, cls.agency)
            cls.codes = {
                s.pk: cls.issue(s, check)
                for s, check in ((cls.official, "id_card"), (cls.colleague, "id_card"), (cls.agency, "unit_letter"))
            }

    @classmethod
    def issue(cls, subject: Subject, check: str) -> tuple[OwnAccess, str]:
        return services.issue_own_access(
            subject.pk, identity_check=check, evidence="居民身份证原件", actor=cls.cast.office, today=TODAY
        )

    def setUp(self) -> None:
        frozen = freeze_time(NOW)
        self.clock = frozen.start()
        self.addCleanup(frozen.stop)
        minute.clear()

    def enter(self, subject: Subject | None = None, number: str = "", client: Client | None = None) -> Client:
        subject, client = subject or self.official, client or Client()
        typed = {"code": self.codes[subject.pk][1], "number": number or id_number(31)}
        response = client.post("/own/", typed)
        assert (response.status_code, response["Location"]) == (302, "/own/file/")
        return client

    def text(self, client: Client, path: str, status: int = 200) -> str:
        response = client.get(path)
        assert response.status_code == status, (path, response.status_code)
        return response.content.decode()


class FileTests(OwnSite):
    def test_everything_that_was_decided_and_who_asked_and_nothing_of_a_colleague(self) -> None:
        services.open_file(
            self.official, purpose="promotion", legal_basis="《实施方案》", reference="惠城组干〔2026〕58号",
            actor=self.cast.actor("agency_admin"),
        )  # fmt: skip
        page = self.text(self.enter(), "/own/file/")
        for words in (
            "司徒示例远", self.own.document_number, "不公开", "有权的单位按目的查询时才能看到", "股长", "任责记录",
            "职务晋升", "惠城组干〔2026〕58号", self.cast.agency.name, "凭本人查阅码", "信用办签发",
            "当面核对本人身份证件", "可以陈述申辩，最迟2026年12月9日",
        ):  # fmt: skip
            assert words in page, words
        for words in (
            "上官示例近",
            "示例近",
            self.others.document_number,
            id_number(31),
            "示例部门管理员",
            "示例信用办",
        ):
            assert words not in page, words

    def test_drafts_and_what_is_under_review_are_in_nobodys_file(self) -> None:
        draft, waiting = drafted(self.cast, self.official), reviewed(self.cast, self.official)
        page = self.text(self.enter(), "/own/file/")
        assert draft.document_number not in page and waiting.document_number not in page

    def test_every_answer_is_kept_by_nobody_and_found_by_no_search_engine(self) -> None:
        client = self.enter()
        paths = ("/own/", "/own/file/", f"/own/notices/{self.told.pk}/")
        for response in (
            client.get(paths[1]),
            client.get(paths[2]),
            Client().get(paths[0]),
            client.post("/own/report/"),
        ):
            assert "no-store" in response["Cache-Control"] and "noindex" in response["X-Robots-Tag"]
        assert "Disallow: /own/" in Client().get("/robots.txt").content.decode()

    def test_each_opening_is_a_look_and_each_page_after_it_is_not(self) -> None:
        client = self.enter()
        for _ in range(3):
            client.get("/own/file/")
        look = QueryLog.objects.get(projection="own")
        assert (look.user, look.door, look.purpose, look.unit) == (None, "portal", "subject_request", "")
        event = AuditEvent.objects.get(action="creditfiles.own_opened")
        assert (event.door, event.actor_roles, event.actor_id) == ("portal", "subject", None) and event.request_id

    def test_the_report_is_the_own_version(self) -> None:
        response = self.enter().post("/own/report/")
        assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
        report = CreditReport.objects.get(projection="own")
        assert report.subject_id == self.official.pk and "司徒" not in response["Content-Disposition"]
        page = Client().get(f"/verify/{report.code}/").content.decode()
        assert "真实有效" in page and "司徒" not in page

    def test_a_long_file_is_read_page_by_page_with_the_same_number_of_queries(self) -> None:
        client = self.enter(self.agency, self.agency.code or "")
        published_licence(self.cast, self.agency)
        with self.assertNumQueries(COUNT):
            client.get("/own/file/")
        for _ in range(21):
            published_licence(self.cast, self.agency)
        with self.assertNumQueries(COUNT):
            page = client.get("/own/file/").content.decode()
        (following,) = re.findall(r'href="(/own/file/\?after=[^"#]+)', page)
        assert page.count("<details>") == 20 and self.text(client, following).count("<details>") == 2
        for nonsense in ("x", "2026-11-02", "2026-11-02.x", "2026-11-02." + "9" * 40, "9999-99-99.1"):
            assert self.text(client, f"/own/file/?after={nonsense}")

    def test_a_colleagues_own_record_names_him_in_nobody_elses_file(self) -> None:
        draft = drafted(self.cast, self.colleague, "discipline.warning")
        named = [integrity.Named(self.colleague.pk, "direct"), integrity.Named(self.official.pk, "leader")]
        on = Dishonesty.objects.get(pk=draft.pk).acted_from
        integrity.name_responsible(draft.pk, named, on=on, actor=self.cast.clerk)
        from records import services as ledger

        ledger.submit(draft.pk, actor=self.cast.clerk, today=TODAY)
        ledger.approve(draft.pk, actor=self.cast.reviewer, today=TODAY)
        integrity.find(
            draft.pk, opinion="属实。", served_on=TODAY, service="direct", actor=self.cast.office, today=TODAY
        )
        later = TODAY + timedelta(days=20)
        integrity.confirm(draft.pk, actor=self.cast.office, today=later)
        page = self.text(self.enter(), "/own/file/")
        assert "上官**" in page or "上官*" in page
        assert "示例近" not in page and draft.document_number in page


COUNT = 23


class SessionTests(OwnSite):
    def test_without_code_and_number_nothing_opens(self) -> None:
        reader = Client()
        for path in ("/own/file/", f"/own/notices/{self.told.pk}/"):
            assert reader.get(path)["Location"] == "/own/?ended=1"
        for path in ("/own/report/", f"/own/notices/{self.told.pk}/"):
            assert reader.post(path)["Location"] == "/own/?ended=1"
        assert not CreditReport.objects.exists() and not Statement.objects.filter(finding=self.told.pk).exists()

    def test_a_refusal_says_what_to_do_keeps_the_code_and_never_sends_the_number_back(self) -> None:
        code = self.codes[self.official.pk][1]
        response = Client().post("/own/", {"code": code, "number": id_number(32)})
        page = response.content.decode()
        assert response.status_code == 400 and "累计输错5次" in page and code in page and id_number(32) not in page
        for typed, words in (
            ({"code": "", "number": "1"}, "请填写查阅码"),
            ({"code": code, "number": " "}, "请填写证件号码"),
        ):
            response = Client().post("/own/", typed)
            assert response.status_code == 400 and words in response.content.decode()
        assert OwnAccess.objects.get(subject=self.official).failures == 1

    @override_settings(OWN_RATE_PER_MINUTE=0)
    def test_whatever_is_typed_the_answer_is_a_plain_no(self) -> None:
        code = self.codes[self.colleague.pk][1]
        for strange in ("\x00", "a\x00b", "９" * 18, "İıſK", "\u202e", "💩", "' OR 1=1--", "-" * 16, "9" * 5000, "ﬁ①٣"):
            assert Client().post("/own/", {"code": strange, "number": id_number(31)}).status_code == 400, strange
            assert not proves(self.colleague, strange) and not proves(self.agency, strange), strange
        assert Client().post("/own/", {"code": code, "number": "a\x00b"}).status_code == 400

    def test_the_fifth_wrong_number_shuts_the_code(self) -> None:
        typed = {"code": self.codes[self.official.pk][1], "number": id_number(32)}
        for _ in range(5):
            Client().post("/own/", typed)
        assert Client().post("/own/", {**typed, "number": id_number(31)}).status_code == 400
        assert self.enter(self.colleague, id_number(32))

    @override_settings(OWN_RATE_PER_MINUTE=3)
    def test_one_address_tries_only_so_often_and_what_is_not_tried_does_not_count(self) -> None:
        typed = {"code": self.codes[self.official.pk][1], "number": id_number(32)}
        statuses = [Client().post("/own/", typed).status_code for _ in range(5)]
        assert statuses == [400, 400, 400, 429, 429]
        assert OwnAccess.objects.get(subject=self.official).failures == 3
        assert Client().get("/own/").status_code == 200
        assert Client(REMOTE_ADDR="192.0.2.7").post("/own/", typed).status_code == 400

    def test_it_ends_by_itself_when_nobody_asks_for_a_page(self) -> None:
        client = self.enter()
        for _ in range(3):
            self.clock.tick(timedelta(minutes=19))
            assert client.get("/own/file/").status_code == 200
        self.clock.tick(timedelta(minutes=21))
        assert client.get("/own/file/")["Location"] == "/own/?ended=1"
        assert "长时间没有操作" in self.text(client, "/own/?ended=1")

    def test_it_ends_at_midnight_with_the_code_and_on_leaving(self) -> None:
        client = self.enter()
        cookie = client.cookies["sessionid"].value
        client.post("/own/leave/")
        client.cookies["sessionid"] = cookie  # the cookie of before opens nothing: the server has forgotten
        assert client.get("/own/file/").status_code == 302
        client = self.enter()
        services.revoke_own_access(self.codes[self.official.pk][0].pk, reason="遗失", actor=self.cast.office)
        assert client.get("/own/file/").status_code == 302
        late = freeze_time(NOW.replace(hour=23, minute=55))
        with late as clock:
            client = self.enter(self.colleague, id_number(32))
            clock.tick(timedelta(minutes=6))
            assert client.get("/own/file/").status_code == 302

    def test_a_session_that_somebody_planted_is_changed_on_entering(self) -> None:
        client = Client()
        client.force_login(self.cast.users["clerk"])
        before = client.cookies["sessionid"].value
        self.enter(client=client)
        assert client.cookies["sessionid"].value != before
        assert client.get("/staff/").status_code == 200  # who is signed in beside it stays so
        client.post("/own/leave/")
        assert client.get("/staff/").status_code == 200 and client.get("/own/file/").status_code == 302

    def test_forms_of_other_sites_are_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        typed = {"code": self.codes[self.official.pk][1], "number": id_number(31)}
        assert client.post("/own/", typed).status_code == 403
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/own/").content.decode())[0]
        assert client.post("/own/", {**typed, "csrfmiddlewaretoken": token}).status_code == 302
        for path in ("/own/report/", "/own/leave/", f"/own/notices/{self.told.pk}/"):
            assert client.post(path, SAID).status_code == 403, path


class NoticeTests(OwnSite):
    def path(self, record: Any = None) -> str:
        return f"/own/notices/{(record or self.told).pk}/"

    def test_what_was_found_until_when_and_where_to_answer(self) -> None:
        page = self.text(self.enter(), self.path())
        for words in (
            self.told.document_number, "事实清楚，予以认定。", "未按规定时限办理审批事项", "还没有生效",
            "2026年12月9日到期", "直接送达", "提交陈述申辩",
        ):  # fmt: skip
            assert words in page, words

    def test_a_statement_reaches_the_office_with_how_its_author_proved_himself(self) -> None:
        client = self.enter()
        file = SimpleUploadedFile("情况说明.pdf", PDF)
        response = client.post(self.path(), {**SAID, "scan": file})
        assert response["Location"] == f"{self.path()}#statements"
        statement = Statement.objects.get(finding=self.told.pk)
        assert statement.received_on == TODAY and statement.scan_type == "application/pdf"
        receipt = self.text(client, self.path())
        assert f"已收到，编号 {statement.pk}" in receipt and "答复之前认定不会生效" in receipt
        event = AuditEvent.objects.get(action="integrity.statement_recorded", object_id=self.told.pk)
        assert (event.door, event.actor_roles) == ("portal", "subject")
        office = Client()
        office.force_login(self.cast.users["office"])
        assert "有陈述申辩待答复" in self.text(office, "/staff/integrity/?tab=notified")
        shown = self.text(office, f"/staff/records/{self.told.pk}/")
        assert SAID["text"] in shown and "凭本人查阅码" in shown and "信用办签发，当面核对本人身份证件" in shown
        integrity.answer_statement(
            statement.pk, outcome="refused", answer="司徒示例远所述不影响认定。", actor=self.cast.office, today=TODAY
        )
        integrity.confirm(self.told.pk, actor=self.cast.office, today=TODAY)
        after = self.text(client, self.path())
        assert "不采纳" in after and "司徒**" in after or "司徒*" in after
        assert "生效" in after and "提交陈述申辩" not in after
        assert client.post(self.path(), SAID).status_code == 404

    def test_a_body_states_its_case_too(self) -> None:
        client = self.enter(self.agency, self.agency.code or "")
        assert client.post(self.path(self.agency_told), SAID).status_code == 302
        assert Statement.objects.filter(finding=self.agency_told.pk).count() == 1

    def test_another_subjects_notice_does_not_exist(self) -> None:
        client = self.enter()
        for record in (self.others_told, self.agency_told, self.others):
            assert client.get(self.path(record)).status_code == 404
            assert client.post(self.path(record), SAID).status_code == 404
        assert Statement.objects.filter(text=SAID["text"]).count() == 0

    def test_what_can_be_mended_is_said_and_the_text_kept(self) -> None:
        client = self.enter()
        for typed, words in (
            ({"text": ""}, "请填写陈述申辩内容"),
            ({"text": "电话13800138000，有异议。"}, "电话13800138000，有异议。"),
            ({**SAID, "scan": SimpleUploadedFile("说明.pdf", b"MZ")}, "PDF、JPEG 或 PNG"),
        ):
            response = client.post(self.path(), typed)
            page = response.content.decode()
            assert response.status_code == 400 and words in page and "已填写的文字都保留着" in page
        assert not Statement.objects.filter(finding=self.told.pk).exists()

    def test_after_the_time_there_is_no_form_and_a_late_one_is_refused_with_the_reason(self) -> None:
        client = Client()
        with freeze_time(NOW + timedelta(days=15)):
            self.enter(client=client)
            page = self.text(client, self.path())
            assert "书面提交信用办" in page and "提交陈述申辩</button>" not in page
            response = client.post(self.path(), SAID)
            assert response.status_code == 409 and "届满" in response.content.decode()

    def test_what_was_typed_while_the_look_ran_out_is_given_back(self) -> None:
        client = self.enter()
        self.clock.tick(timedelta(minutes=30))
        response = client.post(self.path(), SAID)
        page = response.content.decode()
        assert response.status_code == 409 and SAID["text"] in page and "没有提交" in page
        assert not Statement.objects.filter(finding=self.told.pk).exists()
