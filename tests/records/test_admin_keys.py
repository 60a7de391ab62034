"""接口密钥 on the staff site: told once, used by a system, revoked for good, nobody else's business."""

import json
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client, TestCase

from accounts.choices import Role
from accounts.models import RoleGrant
from core.models import AuditEvent
from disclosure import standard
from records.models import ApiKey, CreditRecord
from records.services.keys import issue_key
from tests.people import make_cast
from tests.support.disclosure_tables import penalty_row

LIST, NEW = "/staff/records/apikey/", "/staff/keys/new/"
SECRET = re.compile(r"hc_[\w-]{40,}")


class KeyPagesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        RoleGrant.objects.create(user=cls.cast.users["other_clerk"], role=Role.AGENCY_ADMIN)

    def setUp(self) -> None:
        self.admin = self.signed_in("agency_admin")

    def signed_in(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def issue(self, client: Client, **changes: Any) -> HttpResponse:
        return client.post(NEW, {"agency_id": self.cast.agency.pk, "name": "执法办案系统", **changes})

    def report(self, secret: str) -> HttpResponse:
        row = {standard.column("penalty", name).code: value for name, value in penalty_row(1).items()}
        return Client().post(
            "/api/v1/intake/penalties/",
            json.dumps({"rows": [row]}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "20261123-001"},
        )

    def test_the_secret_is_shown_once_and_never_again(self) -> None:
        answer = self.issue(self.admin)
        self.assertContains(answer, "密钥只显示这一次")
        self.assertContains(answer, "curl -X POST http://testserver/api/v1/intake/penalties/")
        (secret,) = SECRET.findall(answer.content.decode())
        assert "no-store" in answer["Cache-Control"]
        key = ApiKey.objects.get()
        for page in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/", NEW, f"/staff/keys/{key.pk}/revoke/"):
            shown = self.admin.get(page)
            self.assertNotContains(shown, secret)
            self.assertNotContains(shown, key.digest)
        self.assertContains(self.admin.get(LIST), key.prefix)
        assert secret not in str(list(AuditEvent.objects.values()))

    def test_an_issued_key_reports_and_a_revoked_one_is_refused(self) -> None:
        (secret,) = SECRET.findall(self.issue(self.admin).content.decode())
        assert self.report(secret).json()["accepted"] == 1
        assert CreditRecord.objects.get().agency == self.cast.agency
        key = ApiKey.objects.get()
        assert key.last_used_at is not None

        page = f"/staff/keys/{key.pk}/revoke/"
        self.assertContains(self.admin.post(page, {"reason": ""}), "请填写理由", status_code=400)
        assert self.report(secret).status_code == 200
        self.assertContains(self.admin.post(page, {"reason": "系统下线"}, follow=True), "密钥已吊销")
        refused = self.report(secret)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
        assert set(refused.json()) == {"code", "message", "fields"} and refused.json()["message"]
        self.assertContains(self.admin.get(f"{LIST}{key.pk}/history/"), "系统下线")
        self.assertNotContains(self.admin.get(f"{LIST}{key.pk}/change/"), page)
        self.assertContains(self.admin.post(page, {"reason": "再次"}), "已经吊销", status_code=409)

    def test_another_agencys_administrator_does_not_find_the_key(self) -> None:
        key, _ = issue_key(self.cast.agency.pk, name="执法办案系统", actor=self.cast.office)
        other = self.signed_in("other_clerk")
        for page in (f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/", f"/staff/keys/{key.pk}/revoke/"):
            assert other.get(page).status_code == 404, page
        assert other.post(f"/staff/keys/{key.pk}/revoke/", {"reason": "试试"}).status_code == 404
        self.assertNotContains(other.get(LIST), key.prefix)
        assert not ApiKey.objects.get().revoked

    def test_an_administrator_issues_only_for_an_own_agency(self) -> None:
        assert self.issue(self.admin, agency_id=self.cast.other_agency.pk).status_code == 400
        assert self.issue(self.admin, name=" ").status_code == 400
        assert not ApiKey.objects.exists()

    def test_the_credit_office_issues_and_revokes_for_every_agency(self) -> None:
        office = self.signed_in("office")
        assert self.issue(office, agency_id=self.cast.other_agency.pk).status_code == 200
        key = ApiKey.objects.get()
        self.assertContains(office.get(LIST), key.prefix)
        office.post(f"/staff/keys/{key.pk}/revoke/", {"reason": "怀疑泄露"})
        key.refresh_from_db()
        assert key.revoked_by == self.cast.users["office"]

    def test_others_are_refused(self) -> None:
        for name in ("clerk", "reviewer", "auditor", "system_admin"):
            assert self.issue(self.signed_in(name)).status_code == 403, name
        assert not ApiKey.objects.exists()
