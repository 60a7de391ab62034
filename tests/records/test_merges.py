"""One subject once: merging moves nothing, leads every reader to the survivor, and can be undone exactly."""

import hashlib
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase

from core.errors import Invalid, NotAllowed, WrongState
from core.identifiers import make_uscc
from core.models import AuditEvent
from core.text import fold_text
from records.choices import DuplicateState
from records.families import family, survivors
from records.matching import Party, SubjectBook, Verdict
from records.models import DuplicateCandidate, Subject, SubjectIdentifier, SubjectMerge
from records.services import duplicates
from records.services.merges import judge_different, merge_subjects, undo_merge
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import SYSTEM, make_agency
from tests.people import make_cast

TABLES = ("records_subject", "records_subjectname", "records_subjectidentifier", "records_creditrecord",
          "records_publicrecord", "records_revision")  # fmt: skip


def digest() -> str:
    """Of every row that a merge could touch."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            found.update(repr(cursor.fetchall()).encode())
    return found.hexdigest()


def merge(one: Subject, other: Subject) -> SubjectMerge:
    return merge_subjects(one.pk, other.pk, actor=SYSTEM, evidence="登记机关档案第12号")


def without_code(name: str) -> Subject:
    subject = make_subject(name, kind="enterprise")
    Subject.objects.filter(pk=subject.pk).update(code=None)
    subject.refresh_from_db()
    return subject


class MergeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.body = make_subject("惠州市岚栖餐饮管理有限公司", verification="verified")
        cls.twin = without_code("惠州市岚栖餐饮管理有限公司（旧）")
        cls.record = published_penalty(cls.cast, cls.twin, detail={"uscc": ""})

    def test_a_merge_and_its_undoing_leave_every_row_as_it_was(self) -> None:
        before = digest()
        done = merge(self.twin, self.body)
        assert digest() != before
        undo_merge(done.pk, actor=SYSTEM, reason="误判")
        assert digest() == before
        done.refresh_from_db()
        assert (done.undone_reason, done.undone_at is not None) == ("误判", True)
        actions = AuditEvent.objects.filter(object_id=self.twin.pk).values_list("action", flat=True)
        assert {"records.subject_merged", "records.subject_unmerged"} <= set(actions)
        with pytest.raises(WrongState):
            undo_merge(done.pk, actor=SYSTEM, reason="又一次")

    def test_followers_move_up_and_come_back(self) -> None:
        second, third = without_code("岚栖餐饮甲"), without_code("岚栖餐饮乙")
        merge(third, second)
        middle = merge(second, self.twin)
        last = merge(self.twin, self.body)
        assert survivors([second.pk, third.pk, self.twin.pk]) == dict.fromkeys(
            [second.pk, third.pk, self.twin.pk], self.body.pk
        )
        assert not Subject.objects.filter(merged_into__merged_into__isnull=False).exists()
        undo_merge(middle.pk, actor=SYSTEM, reason="误判")
        assert survivors([second.pk, third.pk, self.twin.pk]) == {third.pk: second.pk, self.twin.pk: self.body.pk}
        undo_merge(last.pk, actor=SYSTEM, reason="误判")
        assert family(self.body.pk) == [self.body.pk] and family(second.pk) == [second.pk, third.pk]

    def test_what_is_two_for_certain_never_becomes_one(self) -> None:
        other, person = make_subject(), make_subject("欧阳示例", kind="natural_person")
        namesake = make_subject("欧阳示例", kind="natural_person")
        official = make_subject("欧阳示例", kind="official")
        for one, two, code in (
            (other, self.body, "different_codes"), (self.body, self.twin, "code_is_lost"),
            (person, namesake, "name_alone"), (person, official, "other_kind"), (person, self.body, "other_kind"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as refusal:
                merge(one, two)
            assert refusal.value.code == code
        assert not SubjectMerge.objects.exists()

    def test_two_people_of_one_name_need_documents_of_two_kinds(self) -> None:
        card = make_subject("欧阳示例", kind="natural_person", id_type="居民身份证", id_number_index="a")
        other = make_subject("欧阳示例", kind="natural_person", id_type="居民身份证", id_number_index="b")
        passport = make_subject("欧阳示例", kind="natural_person", id_type="护照", id_number_index="c")
        with pytest.raises(Invalid, match="是两个人"):
            merge(card, other)
        assert merge(passport, card).survivor_id == card.pk

    def test_evidence_and_the_office_are_needed(self) -> None:
        with pytest.raises(Invalid, match="合并依据"):
            merge_subjects(self.twin.pk, self.body.pk, actor=self.cast.office, evidence=" ")
        with pytest.raises(NotAllowed):
            merge_subjects(self.twin.pk, self.body.pk, actor=self.cast.clerk, evidence="登记机关档案")
        merge(self.twin, self.body)
        with pytest.raises(WrongState):
            merge(self.twin, self.body)

    def test_matching_leads_to_the_survivor(self) -> None:
        SubjectIdentifier.objects.create(subject=self.twin, scheme="organisation_code", value="123456788")
        merge(self.twin, self.body)
        name, old = self.body.name, self.twin.name
        code = (("organisation_code", "123456788"),)
        parties = {
            "by old code": Party("enterprise", name, fold_text(name), identifiers=code),
            "by old code and name": Party("enterprise", old, fold_text(old), identifiers=code),
            "by new code and old name": Party("enterprise", old, fold_text(old), code=self.body.code or ""),
            "by both": Party("enterprise", name, fold_text(name), code=self.body.code or "", identifiers=code),
        }
        book = SubjectBook(parties.values())
        found = {label: book.match(party) for label, party in parties.items()}
        assert {m.subject_id for m in found.values()} == {self.body.pk}
        assert [m.verdict for m in found.values()] == [
            Verdict.SAME, Verdict.FORMER_NAME, Verdict.FORMER_NAME, Verdict.SAME,
        ]  # fmt: skip

    def test_a_mistyped_unified_code_of_the_merged_still_leads_there(self) -> None:
        wrong = make_subject("惠州市岚栖餐饮管理有限公司", code="914413020000000000")
        merge(wrong, self.body)
        party = Party("enterprise", self.body.name, self.body.name_folded, code="914413020000000000")
        match = SubjectBook([party]).match(party)
        assert (match.subject_id, match.verdict) == (self.body.pk, Verdict.SAME)

    def test_the_public_reads_the_survivor(self) -> None:
        merge(self.twin, self.body)
        reader = Client()
        moved = reader.get(f"/subjects/{self.twin.pk}/")
        assert (moved.status_code, moved["Location"]) == (301, f"/subjects/{self.body.pk}/")
        page = reader.get(f"/subjects/{self.body.pk}/").content.decode()
        assert self.twin.name in page and f"/records/{self.record.pk}/" in page
        found = reader.get("/search/", {"q": self.twin.name}).content.decode()
        assert f"/subjects/{self.body.pk}/" in found and f"/subjects/{self.twin.pk}/" not in found
        for words in ("岚栖", "公司旧"):  # the second stands only in the name of what was merged
            answer = reader.get("/api/v1/subjects/", {"q": words}).json()["results"]
            assert [r["id"] for r in answer] == [self.body.pk]
        assert reader.get(f"/api/v1/subjects/{self.twin.pk}/").status_code == 301
        assert self.twin.name in reader.get(f"/api/v1/subjects/{self.body.pk}/").json()["former_names"]
        listed = reader.get("/api/v1/records/", {"subject": self.body.pk}).json()["results"]
        assert [r["record"] for r in listed] == [self.record.pk]

    def test_the_database_refuses_a_subject_in_itself(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Subject.objects.filter(pk=self.body.pk).update(merged_into=self.body.pk)
        merge(self.twin, self.body)
        with pytest.raises(IntegrityError), transaction.atomic():
            SubjectMerge.objects.create(merged=self.twin, survivor=self.body, evidence="x")


class DuplicateTests(TestCase):
    def pairs(self) -> dict[tuple[int, int], set[str]]:
        duplicates.find_duplicates()
        return {(c.first_id, c.second_id): {e["ground"] for e in c.evidence} for c in DuplicateCandidate.objects.all()}

    def test_each_ground_is_found_with_its_evidence(self) -> None:
        body = make_subject("惠州市岚栖禾榕餐饮管理有限公司", code=make_uscc("91441302MA5A0001X"))
        same = without_code("惠州市岚栖禾榕餐饮管理有限公司")
        near = without_code("惠州市岚栖禾容餐饮管理有限公司")
        former = without_code("惠州市旧名商贸有限公司")
        body.names.create(name="惠州市旧名商贸有限公司", name_folded=fold_text("惠州市旧名商贸有限公司"))
        coded = without_code("惠州市全不相干电子厂")
        SubjectIdentifier.objects.create(
            subject=coded, scheme="organisation_code", value=f"{body.code[8:16]}-{body.code[16]}"
        )
        found = self.pairs()
        assert found[body.pk, same.pk] == {"same_name"}
        assert found[body.pk, near.pk] == {"near_name"}
        assert found[body.pk, former.pk] == {"former_name"}
        assert found[body.pk, coded.pk] == {"same_code"}
        assert DuplicateCandidate.objects.first().second_id == coded.pk  # the strongest evidence first

    def test_bodies_with_two_valid_codes_and_people_are_never_proposed(self) -> None:
        for _ in range(2):
            make_subject("惠州市同名贸易有限公司")
            make_subject("欧阳示例", kind="natural_person")
            make_subject("欧阳示例", kind="official")
        assert self.pairs() == {}

    def test_where_the_limit_bites_pairs_that_can_be_one_come_before_pairs_that_cannot(self) -> None:
        for _ in range(4):
            make_subject("惠州市同名贸易有限公司")  # a code each: six pairs of which none can be one
        body, twin = make_subject("惠州市岚栖贸易有限公司"), without_code("惠州市岚栖贸易有限公司")
        for _ in range(4):
            make_subject("惠州市又同名贸易有限公司")
        with patch("records.duplicates.MOST_PAIRS", 1):
            assert list(self.pairs()) == [(body.pk, twin.pk)]

    def test_a_judgement_is_remembered_and_an_open_question_that_is_no_longer_one_goes(self) -> None:
        one, other = make_subject("惠州市岚栖贸易有限公司"), without_code("惠州市岚栖贸易有限公司")
        third = without_code("惠州市禾榕贸易有限公司"), make_subject("惠州市禾榕贸易有限公司")
        assert len(self.pairs()) == 2
        candidate = DuplicateCandidate.objects.get(first=one)
        judge_different(candidate.pk, actor=SYSTEM, reason="两家不同的店")
        Subject.objects.filter(pk=third[0].pk).update(kind="natural_person")
        assert list(self.pairs()) == [(one.pk, other.pk)]
        assert DuplicateCandidate.objects.get().state == DuplicateState.DIFFERENT
        with pytest.raises(WrongState):
            judge_different(candidate.pk, actor=SYSTEM, reason="再判")

    def test_merging_answers_the_question_by_whatever_way(self) -> None:
        one, other = make_subject("惠州市岚栖贸易有限公司"), without_code("惠州市岚栖贸易有限公司")
        self.pairs()
        done = merge(other, one)
        assert DuplicateCandidate.objects.get().state == DuplicateState.MERGED
        assert self.pairs() and DuplicateCandidate.objects.get().state == DuplicateState.MERGED
        undo_merge(done.pk, actor=SYSTEM, reason="核对档案后确认是两家")
        assert DuplicateCandidate.objects.get().state == DuplicateState.DIFFERENT

    def test_agencies_merge_only_when_one_code_is_no_code(self) -> None:
        one, other = make_agency(), make_agency()
        with pytest.raises(Invalid):
            merge(one, other)
