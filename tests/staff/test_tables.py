"""Tables of the staff site: words instead of codes and blanks, filters by what they mean, cards on narrow screens."""

from datetime import timedelta
from typing import Any

from django.test import Client, TestCase
from django.utils import timezone

from core.models import Rule
from records.models import ApiKey, Membership
from records.services.keys import issue_key
from tests.people import Cast, make_cast


class TableTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def _page(self, path: str, name: str = "office") -> Any:
        client = Client()
        client.force_login(self.cast.users[name])
        return client.get(f"/staff/{path}")

    def test_every_cell_carries_its_columns_name(self) -> None:
        page = self._page("records/membership/")
        self.assertContains(page, '<td data-label="单位" class="field-agency')
        assert page.content.decode().count("<td ") == page.content.decode().count('<td data-label="')

    def test_the_name_of_a_column_is_escaped(self) -> None:
        from core.templatetags.desk import labelled

        cells = labelled(['<td class="a">x</td>', "<th>y</th>"], [{"text": '"><b>'}, {"text": "名称"}])
        assert cells == ['<td data-label="&quot;&gt;&lt;b&gt;" class="a">x</td>', "<th>y</th>"]

    def test_tiers_are_told_in_words(self) -> None:
        page = self._page("core/rule/?q=penalty.tier")
        self.assertContains(page, "罚款达到100万元的")
        self.assertContains(page, "轻微：简易程序，或仅有警告、通报批评的；其余为一般。")
        self.assertNotContains(page, "fine_at_least")

    def test_what_holds_today_is_said_of_each_version(self) -> None:
        old = Rule.objects.get(code="disclosure.deadline", in_force_to__isnull=False)
        rows = {row.pk: row for row in self._page("core/rule/").context["cl"].result_list}
        assert rows[old.pk].in_force_to < timezone.localdate()
        self.assertContains(self._page(f"core/rule/{old.pk}/change/"), "已被新版本取代")
        current = Rule.objects.get(code="disclosure.deadline", in_force_to__isnull=True)
        self.assertContains(self._page(f"core/rule/{current.pk}/change/"), "现行")

    def test_members_are_filtered_by_whether_they_still_serve(self) -> None:
        today = timezone.localdate()
        for username, until in (("clerk", today - timedelta(days=1)), ("reviewer", today)):
            Membership.objects.filter(user__username=username).update(until=until)
        over = self._page("records/membership/?standing=no").context["cl"].result_list
        assert [m.user.username for m in over] == ["clerk"]
        serving = self._page("records/membership/?standing=yes").context["cl"].result_list
        assert "reviewer" in {m.user.username for m in serving} and len(serving) == 5

    def test_keys_are_filtered_by_whether_they_are_revoked(self) -> None:
        for name in ("一", "二"):
            issue_key(self.cast.agency.pk, name=name, actor=self.cast.office)
        ApiKey.objects.filter(name="一").update(revoked_at=timezone.now() - timedelta(seconds=1))
        for standing, names in (("yes", ["二"]), ("no", ["一"])):
            found = self._page(f"records/apikey/?standing={standing}").context["cl"].result_list
            assert [key.name for key in found] == names

    def test_accounts_are_filtered_by_role_and_say_whether_they_are_in_use(self) -> None:
        page = self._page("accounts/user/?role_grants__role__exact=auditor", "security_admin")
        assert [user.username for user in page.context["cl"].result_list] == ["auditor"]
        self.assertContains(page, "启用")
        self.assertNotContains(page, "icon-yes")

    def test_years_say_how_many_days_they_list_and_where_they_come_from(self) -> None:
        page = self._page("core/calendaryear/")
        year = next(row for row in page.context["cl"].result_list if row.year == 2025)
        assert year.number > 20
        self.assertContains(page, "系统自带节假日数据")
