"""The first administrators of a new installation come from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase

from accounts.models import User
from core.models import AuditEvent


class CreateAdministratorTests(TestCase):
    def _create(self) -> str:
        out = StringIO()
        call_command("create_administrator", "zhang.an", name="张安", role="security_admin", stdout=out)
        return out.getvalue()

    def test_it_prints_a_first_password_that_works_once(self) -> None:
        password = self._create().strip().rsplit("：", 1)[1]
        user = User.objects.get(username="zhang.an")
        assert user.check_password(password) and user.must_change_password
        assert [grant.role for grant in user.role_grants.all()] == ["security_admin"]
        actions = list(AuditEvent.objects.order_by("id").values_list("action", "door"))
        assert actions == [("accounts.created", "command"), ("accounts.role_granted", "command")]

    def test_a_taken_name_is_refused(self) -> None:
        self._create()
        with pytest.raises(CommandError, match="已被使用"):
            self._create()
