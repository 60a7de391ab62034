"""常用筛选: kept by one person, found above the list and on the first page, gone when deleted, never another's."""

import pytest
from django.test import Client, TestCase

from accounts import services
from accounts.models import SavedFilter
from core.errors import Invalid, NotAllowed
from tests.people import Cast, make_cast

LATE = "late=late&tab=open"


class SavedFilterTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.clerk = self._client("clerk")

    def _client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def _save(self, name: str = "逾期的", page: str = "entries", query: str = LATE) -> SavedFilter:
        return services.save_filter(page, name=name, query=query, actor=self.cast.clerk)

    def test_it_is_saved_from_the_list_and_stands_above_it_and_on_the_first_page(self) -> None:
        self.assertContains(self.clerk.get(f"/staff/entries/?{LATE}&after=2026-11-02_7"), "保存当前筛选")
        sent = {"page": "entries", "name": " 逾期的  处罚 ", "query": f"{LATE}&after=2026-11-02_7&kind="}
        response = self.clerk.post("/staff/filters/save/", sent, follow=True)
        self.assertRedirects(response, f"/staff/entries/?{LATE}")
        self.assertContains(
            response, f'<a href="/staff/entries/?{LATE}" aria-current="true">逾期的 处罚</a>', html=True
        )
        self.assertNotContains(response, "保存当前筛选")
        self.assertContains(self.clerk.get("/staff/"), "逾期的 处罚")

    def test_a_list_without_a_filter_offers_nothing_to_save(self) -> None:
        for path in ("/staff/entries/", "/staff/entries/?tab=open", "/staff/entries/?tab=open&q=&kind="):
            self.assertNotContains(self.clerk.get(path), "保存当前筛选")

    def test_every_kind_of_list_keeps_filters(self) -> None:
        pages = {
            "office": ("review/?kind=penalty", "published/?late=late", "changes/?act=withdraw", "imports/?q=1",
                       "deliveries/?kind=licence", "records/subject/?kind__exact=agency"),
            "auditor": ("audit/?door=staff",),
            "security_admin": ("accounts/user/?is_active__exact=1",),
        }  # fmt: skip
        for name, paths in pages.items():
            client = self._client(name)
            for path in paths:
                self.assertContains(client.get(f"/staff/{path}"), "保存当前筛选", msg_prefix=path)

    def test_the_same_name_takes_the_new_filter(self) -> None:
        self._save()
        self._save(query="late=today")
        assert list(SavedFilter.objects.values_list("query", flat=True)) == ["late=today"]

    def test_what_cannot_be_kept_is_said(self) -> None:
        for name, query in (("", LATE), ("长" * 31, LATE), ("空", "after=3&q="), ("长", f"q={'长' * 100}")):
            with pytest.raises(Invalid):
                self._save(name, query=query)
        assert not SavedFilter.objects.exists()

    def test_a_list_keeps_no_more_than_it_can_show(self) -> None:
        for n in range(services.FILTERS_PER_LIST):
            self._save(f"第{n}个")
        with pytest.raises(Invalid, match="最多"):
            self._save("再一个")
        self._save("第1个", query="late=today")
        assert SavedFilter.objects.count() == services.FILTERS_PER_LIST

    def test_pages_that_a_person_cannot_open_keep_nothing(self) -> None:
        for page in ("audit_trail", "accounts_user_changelist", "nowhere", "login"):
            with pytest.raises(NotAllowed):
                self._save(page=page)

    def test_another_persons_filters_neither_show_nor_go(self) -> None:
        saved = self._save()
        other = self._client("second_clerk")
        for path in ("/staff/", f"/staff/entries/?{LATE}"):
            self.assertNotContains(other.get(path), "逾期的")
        assert other.post(f"/staff/filters/{saved.pk}/delete/").status_code == 404
        assert SavedFilter.objects.filter(pk=saved.pk).exists()

    def test_deleting_goes_back_to_the_list(self) -> None:
        saved = self._save()
        self.assertRedirects(self.clerk.post(f"/staff/filters/{saved.pk}/delete/"), f"/staff/entries/?{LATE}")
        assert not SavedFilter.objects.exists()

    def test_a_list_that_the_role_no_longer_opens_leaves_the_first_page(self) -> None:
        self._save()
        self.cast.users["clerk"].role_grants.update(role="agency_admin")
        self.assertNotContains(self.clerk.get("/staff/"), "逾期的")
