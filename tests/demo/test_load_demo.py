"""The command that loads the demonstration: where it refuses, what it keeps, on a short story."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import User
from creditfiles.services import open_own
from demo import story
from demo.accounts import PRINTED

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def test_it_refuses_where_this_is_no_demonstration() -> None:
    with override_settings(DEMO=False), pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_the_command_keeps_the_three_accounts_for_whoever_starts_the_site(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a short story: two weeks instead of two years."""
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    monkeypatch.setattr(story, "YEARS", timedelta(days=20))
    monkeypatch.setattr(story, "DECISIONS", 5)
    monkeypatch.setattr(story, "RECENT", 5)
    call_command("load_demo", today=TODAY)
    kept = tmp_path / "demo-accounts.json"
    accounts = json.loads(kept.read_text())
    assert [a["username"] for a in accounts] == [p.username for p in PRINTED]
    assert kept.stat().st_mode & 0o077 == 0
    assert all(User.objects.get(username=a["username"]).check_password(a["password"]) for a in accounts)
    own = json.loads((tmp_path / "demo-own.json").read_text())
    assert (tmp_path / "demo-own.json").stat().st_mode & 0o077 == 0
    assert open_own(own["code"], own["number"], today=TODAY).query.subject_label == own["subject"]
    call_command("load_demo", today=TODAY)
    assert "未作改动" in capsys.readouterr().out
