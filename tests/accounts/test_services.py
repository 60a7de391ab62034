"""Accounts, roles, passwords and the second factor: who may, what happens, what the trail says."""

from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.test import TestCase
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.choices import SEPARATED_ROLES, Role
from accounts.models import RoleGrant, User
from core.errors import Invalid, NotAllowed, WrongState
from core.models import AuditEvent
from tests.people import PASSWORD, make_cast


class AccountServiceTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.system, self.security = self.cast.actor("system_admin"), self.cast.actor("security_admin")
        self.clerk = self.cast.users["clerk"]

    def _actions(self) -> list[str]:
        return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))

    def test_a_new_account_has_no_role_and_must_change_its_first_password(self) -> None:
        user, password = services.create_account("chen.li", display_name="陈丽", actor=self.system)
        assert user.check_password(password) and user.must_change_password
        assert not user.role_grants.exists() and not user.is_superuser
        assert self._actions() == ["accounts.created"]
        assert password not in str(AuditEvent.objects.get().__dict__)

    def test_first_passwords_satisfy_the_password_rules(self) -> None:
        from django.contrib.auth.password_validation import validate_password

        for _ in range(50):
            validate_password(services.new_password(), User(username="chen.li", display_name="陈丽"))

    def test_a_login_name_is_given_once_whatever_its_case(self) -> None:
        with self.assertRaises(Invalid):
            services.create_account("CLERK", display_name="另一人", actor=self.system)

    def test_only_the_system_administrator_keeps_accounts(self) -> None:
        for name in ("clerk", "office", "security_admin", "audit_admin", "agency_admin"):
            actor = self.cast.actor(name)
            with self.assertRaises(NotAllowed):
                services.create_account("x.y", display_name="某", actor=actor)
            with self.assertRaises(NotAllowed):
                services.reset_password(self.clerk.pk, actor=actor, reason="忘记")
            with self.assertRaises(NotAllowed):
                services.set_active(self.clerk.pk, active=False, actor=actor, reason="离岗")
        assert self._actions() == []

    def test_only_the_security_administrator_keeps_roles(self) -> None:
        for name in ("clerk", "office", "system_admin", "audit_admin", "agency_admin"):
            actor = self.cast.actor(name)
            with self.assertRaises(NotAllowed):
                services.grant_role(self.clerk.pk, Role.REVIEWER, actor=actor)
            with self.assertRaises(NotAllowed):
                services.revoke_role(self.clerk.pk, Role.CLERK, actor=actor, reason="")
            with self.assertRaises(NotAllowed):
                services.reset_second_factor(self.clerk.pk, actor=actor, reason="")

    def test_nobody_raises_themselves(self) -> None:
        with self.assertRaises(NotAllowed):
            services.grant_role(self.security.user_id, Role.CREDIT_OFFICE, actor=self.security)
        with self.assertRaises(NotAllowed):
            services.reset_password(self.system.user_id, actor=self.system, reason="x")

    def test_the_three_administrators_hold_no_other_role_and_nobody_else_holds_theirs(self) -> None:
        for role in sorted(SEPARATED_ROLES):
            with self.assertRaises(Invalid):
                services.grant_role(self.clerk.pk, role, actor=self.security)
        with self.assertRaises(Invalid):
            services.grant_role(self.cast.users["audit_admin"].pk, Role.CLERK, actor=self.security)
        assert RoleGrant.objects.filter(user=self.clerk).count() == 1

    def test_granting_and_revoking_leave_who_and_why_in_the_trail(self) -> None:
        services.grant_role(self.clerk.pk, Role.REVIEWER, actor=self.security, reason="任职文件1号")
        services.revoke_role(self.clerk.pk, Role.REVIEWER, actor=self.security, reason="调岗")
        granted, revoked = AuditEvent.objects.order_by("id")
        assert granted.changes == {"role": [None, "reviewer"]} and granted.reason == "任职文件1号"
        assert revoked.changes == {"role": ["reviewer", None]} and revoked.actor_id == self.security.user_id

    def test_a_role_that_is_not_held_cannot_be_revoked(self) -> None:
        with self.assertRaises(WrongState):
            services.revoke_role(self.clerk.pk, Role.AUDITOR, actor=self.security, reason="x")

    def test_an_account_is_deactivated_once(self) -> None:
        services.set_active(self.clerk.pk, active=False, actor=self.system, reason="离岗")
        with self.assertRaises(WrongState):
            services.set_active(self.clerk.pk, active=False, actor=self.system, reason="离岗")
        self.clerk.refresh_from_db()
        assert not self.clerk.is_active and self._actions() == ["accounts.deactivated"]

    def test_a_changed_password_is_new_strong_and_dated(self) -> None:
        actor = self.cast.clerk
        for weak in ("short-A1", "alllowercaseletters", "123456789012", PASSWORD):
            with self.assertRaises(Invalid):
                services.change_own_password(self.clerk.pk, weak, actor=actor)
        changed = services.change_own_password(self.clerk.pk, "Harbour-Ginkgo-58", actor=actor)
        assert check_password("Harbour-Ginkgo-58", changed.password) and changed.password_changed_at is not None

    def test_a_password_expires_by_age(self) -> None:
        now = timezone.now()
        self.clerk.password_changed_at = now - timedelta(days=91)
        assert self.clerk.password_expired(now=now, max_age_days=90)
        assert not self.clerk.password_expired(now=now, max_age_days=0)
        self.clerk.password_changed_at = now - timedelta(days=89)
        assert not self.clerk.password_expired(now=now, max_age_days=90)

    def test_superusers_are_nobody_special(self) -> None:
        self.clerk.is_superuser = True
        assert not self.clerk.has_perm("records.view_creditrecord") and not self.clerk.has_module_perms("records")


class SecondFactorTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.user, self.actor = self.cast.users["clerk"], self.cast.clerk

    def _token(self, device: TOTPDevice, drift: int = 0) -> str:
        return f"{totp(device.bin_key, drift=drift):06d}"

    def _enrolled(self) -> TOTPDevice:
        device = services.pending_device(self.user.pk)
        return services.confirm_device(self.user.pk, self._token(device, -1), actor=self.actor)

    def test_the_pending_key_stays_the_same_until_it_is_confirmed(self) -> None:
        assert services.pending_device(self.user.pk).key == services.pending_device(self.user.pk).key

    def test_enrolling_needs_the_right_number(self) -> None:
        services.pending_device(self.user.pk)
        with self.assertRaises(Invalid):
            services.confirm_device(self.user.pk, "000000", actor=self.actor)
        assert not TOTPDevice.objects.filter(confirmed=True).exists()

    def test_a_second_device_is_not_enrolled_beside_the_first(self) -> None:
        self._enrolled()
        with self.assertRaises(WrongState):
            services.confirm_device(self.user.pk, "123456", actor=self.actor)

    def test_a_number_counts_once(self) -> None:
        device = self._enrolled()
        token = self._token(device)
        assert services.verify_token(self.user.pk, token, actor=self.actor).pk == device.pk
        with self.assertRaises(Invalid):
            services.verify_token(self.user.pk, token, actor=self.actor)

    def test_wrong_numbers_make_the_next_try_wait_and_are_noted(self) -> None:
        device = self._enrolled()
        for _ in range(4):
            with self.assertRaises(Invalid) as caught:
                services.verify_token(self.user.pk, "000000", actor=self.actor)
        assert "之后再试" in caught.exception.message
        with self.assertRaises(Invalid):
            services.verify_token(self.user.pk, self._token(device), actor=self.actor)
        assert AuditEvent.objects.filter(action="accounts.second_factor_failed").count() == 5

    def test_after_a_reset_the_person_enrols_again(self) -> None:
        self._enrolled()
        services.reset_second_factor(self.user.pk, actor=self.cast.actor("security_admin"), reason="手机丢失")
        assert not TOTPDevice.objects.filter(user=self.user).exists()
