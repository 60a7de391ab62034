"""Signing in: Chinese pages, lock-out that says until when, forced password change, second factor, idle logout."""

from datetime import timedelta

from django.test import Client, TestCase, override_settings
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from freezegun import freeze_time

from accounts.models import User
from core.models import AuditEvent
from tests.people import PASSWORD, make_cast

LOGIN = "/staff/login/"


class SignInTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def _sign_in(self, client: Client, username: str = "clerk", password: str = PASSWORD):
        return client.post(LOGIN, {"username": username, "password": password, "next": "/staff/"})

    def _actions(self) -> list[str]:
        return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))

    def test_signing_in_and_out_is_noted_with_the_unit(self) -> None:
        response = self._sign_in(self.client)
        assert response.status_code == 302 and response["Location"] == "/staff/"
        self.client.post("/staff/logout/")
        assert self._actions() == ["accounts.signed_in", "accounts.signed_out"]
        assert AuditEvent.objects.first().actor_unit == "惠城区市场监督管理局"
        assert self.client.get("/staff/").status_code == 302

    def test_a_wrong_password_is_refused_in_chinese_and_noted_without_what_was_typed(self) -> None:
        response = self._sign_in(self.client, password="Wrong-Password-99")
        self.assertContains(response, "登录名或密码不正确")
        assert self._actions() == ["accounts.sign_in_failed"]
        self._sign_in(self.client, username="My-Secret-Password-1")
        last = AuditEvent.objects.first()
        assert last.object_label == "不存在的登录名" and "Secret" not in str(last.__dict__)

    def test_five_failures_lock_and_the_page_says_until_when(self) -> None:
        for _ in range(5):
            response = self._sign_in(self.client, password="wrong")
        assert response.status_code == 429 and int(response["Retry-After"]) == 900
        until = timezone.localtime(timezone.now() + timedelta(minutes=15))
        self.assertContains(response, f"{until:%H:%M}"[:4], status_code=429)
        self.assertContains(response, "登录已锁定", status_code=429)
        assert self._sign_in(self.client).status_code == 429
        assert "accounts.locked" in self._actions() and "accounts.signed_in" not in self._actions()

    def test_a_lock_is_one_accounts_from_one_address(self) -> None:
        for _ in range(4):
            self._sign_in(self.client, password="wrong")
        assert self._sign_in(self.client).status_code == 302  # a fifth try may still be the right one
        for _ in range(5):
            self._sign_in(self.client, password="wrong")
        assert self._sign_in(Client(), "reviewer").status_code == 302
        assert self._sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302

    def test_the_security_administrator_sees_and_releases_a_lock(self) -> None:
        for _ in range(5):
            self._sign_in(self.client, password="wrong")
        keeper = Client()
        keeper.force_login(self.cast.users["security_admin"])
        self.assertContains(keeper.get("/staff/accounts/locked/"), "示例经办人（clerk）")
        pk = self.cast.users["clerk"].pk
        keeper.post(f"/staff/accounts/{pk}/unlock/", {"reason": "已电话核实本人"})
        assert self._sign_in(self.client).status_code == 302
        assert "accounts.lock_released" in self._actions()

    def test_an_account_without_a_role_is_told_whom_to_ask(self) -> None:
        User.objects.create_user("fresh", password=PASSWORD, display_name="新人")
        self.assertContains(self._sign_in(self.client, "fresh"), "请联系安全管理员")

    def test_a_deactivated_account_is_out_at_once(self) -> None:
        self._sign_in(self.client)
        User.objects.filter(username="clerk").update(is_active=False)
        assert self.client.get("/staff/").status_code == 302

    def test_a_revoked_role_counts_from_the_next_page(self) -> None:
        self._sign_in(self.client)
        self.cast.users["clerk"].role_grants.all().delete()
        assert self.client.get("/staff/entries/").status_code == 302

    def test_next_leads_only_within_the_site(self) -> None:
        response = self.client.post(LOGIN, {"username": "clerk", "password": PASSWORD, "next": "https://evil.example/"})
        assert response["Location"] == "/staff/"

    def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(self) -> None:
        response = self.client.get("/staff/imports/1/progress/", headers={"HX-Request": "true"})
        assert response["HX-Redirect"].startswith(LOGIN)


class PasswordChangeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.user = self.cast.users["clerk"]
        self.client.force_login(self.user)

    def _change(self, **fields: str):
        data = {"old_password": PASSWORD, "new_password": "Harbour-Ginkgo-58", "repeated": "Harbour-Ginkgo-58"}
        return self.client.post("/staff/password/", {**data, **fields})

    def test_a_first_password_opens_nothing_but_its_own_change(self) -> None:
        User.objects.filter(pk=self.user.pk).update(must_change_password=True)
        for address in ("/staff/", "/staff/entries/", "/staff/import/"):
            assert self.client.get(address)["Location"] == "/staff/password/"
        self.assertContains(self.client.get("/staff/password/"), "初始密码")
        assert self._change()["Location"] == "/staff/"
        assert self.client.get("/staff/").status_code == 200

    def test_an_old_password_opens_nothing_but_its_own_change(self) -> None:
        User.objects.filter(pk=self.user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
        assert self.client.get("/staff/")["Location"] == "/staff/password/"

    def test_every_mistake_is_named_beside_its_field(self) -> None:
        self.assertContains(self._change(old_password="no"), "原密码不正确", status_code=400)
        self.assertContains(self._change(repeated="other"), "两次输入的新密码不一致", status_code=400)
        self.assertContains(self._change(new_password="short", repeated="short"), "12", status_code=400)
        same = self._change(new_password=PASSWORD, repeated=PASSWORD)
        self.assertContains(same, "不能与原密码相同", status_code=400)

    def test_changing_it_ends_other_sessions_and_keeps_this_one(self) -> None:
        other = Client()
        other.force_login(self.user)
        self._change()
        assert self.client.get("/staff/").status_code == 200
        assert other.get("/staff/").status_code == 302


@override_settings(REQUIRE_SECOND_FACTOR=True)
class SecondFactorPageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.user = self.cast.users["reviewer"]
        self.client.force_login(self.user)

    def _token(self, drift: int = 0) -> str:
        return f"{totp(TOTPDevice.objects.get(user=self.user).bin_key, drift=drift):06d}"

    def test_the_first_sign_in_enrols_and_goes_on_to_where_one_wanted_to_go(self) -> None:
        assert self.client.get("/staff/review/")["Location"] == "/staff/second-factor/"
        page = self.client.get("/staff/second-factor/")
        self.assertContains(page, "data:image/svg+xml")
        self.assertContains(page, "密钥")
        self.assertContains(self.client.post("/staff/second-factor/", {"token": "12345"}), "6位数字", status_code=400)
        self.assertContains(self.client.post("/staff/second-factor/", {"token": "000000"}), "不正确", status_code=400)
        done = self.client.post("/staff/second-factor/", {"token": self._token()})
        assert done["Location"] == "/staff/review/"
        assert self.client.get("/staff/review/").status_code == 200

    def test_afterwards_the_number_is_asked_and_the_key_never_shown_again(self) -> None:
        self.client.get("/staff/second-factor/")
        self.client.post("/staff/second-factor/", {"token": self._token(-1)})
        again = Client()
        again.force_login(self.user)
        assert again.get("/staff/")["Location"] == "/staff/second-factor/"
        page = again.get("/staff/second-factor/").content.decode()
        assert "data:image" not in page and TOTPDevice.objects.get().key not in page
        again.post("/staff/second-factor/", {"token": self._token()})
        assert again.get("/staff/").status_code == 200

    def test_a_first_password_is_changed_before_the_factor_is_enrolled(self) -> None:
        User.objects.filter(pk=self.user.pk).update(must_change_password=True)
        assert self.client.get("/staff/")["Location"] == "/staff/password/"

    def test_posting_does_not_go_round_it(self) -> None:
        assert self.client.post("/staff/review/selected/", {"ids": "1"})["Location"] == "/staff/second-factor/"


class IdleTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.client.force_login(self.cast.users["clerk"])

    def _seen(self) -> int:
        return int(self.client.session.get("seen_at", 0))

    def test_work_keeps_the_session_awake_and_a_page_that_refreshes_itself_does_not(self) -> None:
        self.client.get("/staff/")
        first = self._seen()
        assert first
        session = self.client.session
        session["seen_at"] = first - 120
        session.save()
        self.client.get("/staff/imports/?watch=1")
        self.client.get("/staff/imports/", headers={"HX-Request": "true", "HX-Trigger-Name": "poll"})
        assert self._seen() == first - 120
        self.client.get("/staff/imports/")
        assert self._seen() >= first

    def test_half_an_hour_without_work_signs_out_and_work_in_between_does_not(self) -> None:
        start = timezone.now()
        with freeze_time(start):
            self.client.get("/staff/")
        with freeze_time(start + timedelta(minutes=20)):
            assert self.client.get("/staff/").status_code == 200
        with freeze_time(start + timedelta(minutes=45)):
            assert self.client.get("/staff/").status_code == 200
        with freeze_time(start + timedelta(minutes=76)):
            assert self.client.get("/staff/").status_code == 302
