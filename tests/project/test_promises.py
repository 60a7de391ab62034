"""Uploads, headers, sign-in: what the site promises about safety and no other test shows."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.utils import timezone
from freezegun import freeze_time

from accounts.models import User
from core.errors import Invalid
from core.tabular.limits import Limits
from records import imports
from records.models import ImportBatch
from tests.people import PASSWORD, make_cast
from tests.project.test_deployment import SECRETS
from tests.support.disclosure_tables import penalty_row, workbook
from tests.support.processes import ROOT


class UploadTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def upload(self, content: object, filename: str = "../../static/处罚.xlsx") -> ImportBatch:
        return imports.create_batch(
            content, importer="penalty", agency_id=self.cast.agency.pk, filename=filename, actor=self.cast.clerk,
            by_worker=False,
        )  # fmt: skip

    def test_a_file_lies_outside_of_what_is_served_under_a_name_that_nobody_can_guess(self) -> None:
        batch = self.upload(workbook("penalty", [penalty_row(1)]))
        path = Path(batch.file.path)
        assert path.is_relative_to(Path(settings.DATA_DIR) / "files")
        assert not path.is_relative_to(settings.STATIC_ROOT)
        assert re.fullmatch(r"[0-9a-f]{32}\.upload", path.name) and batch.filename == "处罚.xlsx"
        assert path.stat().st_mode & 0o077 == 0
        name = batch.file.name
        for address in (f"/files/{name}", f"/media/{name}", f"/static/{name}", f"/static/../files/{name}", f"/{name}"):
            assert Client().get(address).status_code == 404, address

    def test_a_file_over_the_limit_is_refused_and_leaves_nothing(self) -> None:
        large = ContentFile(b"\0" * (Limits().file_bytes + 1))
        with self.assertRaises(Invalid) as refused:
            self.upload(large)
        assert refused.exception.code == "file_too_large" and "50" in refused.exception.message
        assert not ImportBatch.objects.exists()

    def test_what_a_file_is_decides_not_what_it_is_called(self) -> None:
        batch = self.upload(workbook("penalty", [penalty_row(1)]), filename="处罚.csv")
        imports.check_batch(batch.pk, today=timezone.localdate())
        batch.refresh_from_db()
        assert (batch.status, batch.checked_rows) == ("checked", 1)

    def test_downloads_are_attachments_that_no_browser_takes_for_a_page(self) -> None:
        batch = self.upload(workbook("penalty", [penalty_row(1, decided_on="昨天")]))
        imports.check_batch(batch.pk, today=timezone.localdate())
        clerk, auditor = Client(), Client()
        clerk.force_login(self.cast.users["clerk"])
        auditor.force_login(self.cast.users["auditor"])
        for reader, address in (
            (clerk, f"/staff/imports/{batch.pk}/rejected.xlsx"),
            (clerk, "/staff/import/template/penalty.xlsx"),
            (auditor, "/staff/audit/export.csv"),
            (Client(), "/disclosure/penalties/export.csv"),
            (Client(), "/disclosure/penalties/export.xlsx"),
            (Client(), "/statistics/export.csv"),
        ):
            response = reader.get(address)
            assert response.status_code == 200, address
            assert response["Content-Disposition"].startswith("attachment"), address
            assert response["X-Content-Type-Options"] == "nosniff", address


class SignInTests(TestCase):
    def test_a_new_installation_has_no_account_and_demonstration_accounts_only_in_a_demonstration(self) -> None:
        assert not settings.DEMO and not User.objects.exists()
        with pytest.raises(CommandError, match="DEMO=1"):
            call_command("load_demo")
        assert not User.objects.exists()

    def test_a_lock_opens_by_itself_after_fifteen_minutes_and_not_before(self) -> None:
        make_cast()

        def sign_in(password: str = PASSWORD) -> int:
            return self.client.post("/staff/login/", {"username": "clerk", "password": password}).status_code

        start = timezone.now()
        with freeze_time(start):
            assert [sign_in("wrong") for _ in range(5)] == [200, 200, 200, 200, 429]
        with freeze_time(start + timedelta(minutes=14)):
            assert sign_in() == 429
        # Trying while it is locked makes the lock no shorter, and it ends.
        with freeze_time(start + timedelta(minutes=30)):
            assert sign_in() == 302


ASK = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
# Only how static files are called: collecting them takes longer than everything else here.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
given = {}
for name, path in (("page", "/about/"), ("login", "/staff/login/")):
    response = Client(HTTP_HOST="credit.example.cn").get(path, secure=True)
    given[name] = dict(response.headers) | {"status": response.status_code}
    given[name]["cookies"] = [c.OutputString() for c in response.cookies.values()]
given["second factor"] = settings.REQUIRE_SECOND_FACTOR
given["debug"] = settings.DEBUG
given["session"] = [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE]
print(json.dumps(given))
"""


@pytest.mark.sqlite
def test_headers_and_cookies_in_production_settings(tmp_path: Path) -> None:
    """The settings as production has them, on a database of its own."""
    env = {k: v for k, v in os.environ.items() if k not in {"TESTING", "TEST_DATA_DIR", "DEBUG", "DEMO", "SECURE"}}
    env |= SECRETS | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}", "DATA_DIR": str(tmp_path), "KEEP_PAGES": "0",
        "DJANGO_SETTINGS_MODULE": "huicheng_credit.settings", "ALLOWED_HOSTS": "credit.example.cn",
    }  # fmt: skip
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    given = json.loads(done.stdout.splitlines()[-1])
    assert given["second factor"] is True and given["debug"] is False
    assert given["session"] == [True, True, "Lax"]
    for name in ("page", "login"):
        headers = given[name]
        assert headers["status"] == 200
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert given["login"]["cookies"]
    assert all("Secure" in cookie and "SameSite=Lax" in cookie for cookie in given["login"]["cookies"])
