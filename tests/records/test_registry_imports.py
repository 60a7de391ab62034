"""The registry's tables: a workbook through the wizard's services, a roster through the department API."""

import json
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client, TestCase

from core.identifiers import make_uscc
from core.models import AuditEvent
from records import imports
from records.choices import RowStatus
from records.imports.officials import COLUMNS
from records.models import AgencyProfile, ImportBatch, ImportRow, OfficialProfile, Subject, Tenure
from records.permissions import REGISTRY_IMPORTERS
from records.services.keys import issue_key
from tests.factories.registry import TODAY, id_number, make_agency, make_tenure
from tests.people import make_cast
from tests.support.disclosure_tables import table

HEADER = [
    "姓名",
    "证件类型",
    "证件号码",
    "单位名称/代码",
    "职务",
    "职级",
    "任职起",
    "任职止",
    "是否主要负责人",
    "状态",
    "任免文号",
]


def row(n: int, **changes: Any) -> list[Any]:
    values: dict[str, Any] = dict.fromkeys(HEADER)
    values |= {"姓名": f"欧阳示例{n}", "证件类型": "居民身份证", "证件号码": id_number(n)}
    values |= {"职务": "科长", "任职起": "2020-01-01", "是否主要负责人": "否", "状态": "在职"}
    return list((values | changes).values())


class WorkbookTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.agency, cls.admin = cls.cast.agency, cls.cast.actor("agency_admin")

    def upload(
        self, header: list[str], rows: list[list[Any]], *, by: str = "agency_admin", kind: str = "officials"
    ) -> ImportBatch:
        batch = imports.create_batch(
            table(header, rows),
            importer=kind,
            agency_id=self.agency.pk,
            filename="名册.xlsx",
            actor=self.cast.actor(by),
            by_worker=False,
        )
        imports.check_batch(batch.pk, today=TODAY)
        batch.refresh_from_db()
        return batch

    def commit(self, batch: ImportBatch, by: str = "agency_admin") -> None:
        imports.commit_batch(batch.pk, actor=self.cast.actor(by), by_worker=False)
        imports.run_commit(batch.pk, today=TODAY)
        batch.refresh_from_db()

    def test_every_column_of_the_roster_is_known(self) -> None:
        assert {c.label for c in COLUMNS} == set(HEADER)
        assert {i.code for i in imports.importers() if not i.ledger} == REGISTRY_IMPORTERS

    def test_each_row_says_what_it_would_change_and_nothing_happens_before_it_goes_in(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1), rank="一级科员")
        make_tenure(self.agency, 2, date(2020, 1, 1))
        batch = self.upload(
            HEADER,
            [row(1, 职级="四级主任科员", 任职止="2025年6月30日"), row(2), row(3), row(4, 证件号码=None),
             row(5, 任职起="昨天"), row(6, 状态="休假")],
        )  # fmt: skip
        found = list(ImportRow.objects.filter(batch=batch).order_by("number"))
        R = RowStatus
        assert [r.status for r in found] == [R.VALID, R.DUPLICATE, R.VALID, R.INVALID, R.INVALID, R.INVALID], [
            r.errors for r in found
        ]
        said = found[0].warnings[0]["message"]
        assert "职级 一级科员 → 四级主任科员" in said and "任职止 （空） → 2025-06-30" in said
        assert found[2].warnings[0]["message"] == "新增公务员和任职"
        assert [e["field"] for r in found[3:] for e in r.errors] == ["id_number", "started_on", "state"]
        assert imports.preview(found[0].pk, actor=self.admin, today=TODAY)["reason"] == said
        assert Tenure.objects.count() == 2
        self.commit(batch)
        assert batch.committed_rows == 2 and Tenure.objects.count() == 3
        assert Tenure.objects.get(official__name="欧阳示例1").ended_on == date(2025, 6, 30)
        again = self.upload(HEADER, [row(3)])
        assert again.rows.get().status == R.DUPLICATE

    def test_identity_numbers_are_sealed_where_the_rows_wait(self) -> None:
        self.upload(HEADER, [row(1)])
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM records_importrow")
            assert id_number(1) not in repr(cursor.fetchall())

    def test_moves_of_one_new_person_make_one_person(self) -> None:
        batch = self.upload(
            HEADER,
            [
                row(1, 任职止="2021-01-01"),
                row(1, 职务="主任", 任职起="2021-01-01"),
                row(1, 姓名="别人", 任职起="2019-01-01"),
            ],
        )
        self.commit(batch)
        assert OfficialProfile.objects.count() == 1 and Tenure.objects.count() == 2
        assert "不同的姓名" in batch.rows.get(status=RowStatus.INVALID).errors[0]["message"]

    def test_an_agency_brings_in_its_own_and_the_office_all(self) -> None:
        other = self.cast.other_agency
        rows = [row(1, **{"单位名称/代码": other.code}), row(2, **{"单位名称/代码": "没有这个局"})]
        refused = self.upload(HEADER, rows)
        assert [e["code"] for r in refused.rows.all() for e in r.errors] == ["other_agency", "unknown_agency"]
        taken = self.upload(HEADER, rows, by="office")
        self.commit(taken, by="office")
        assert Tenure.objects.get().agency == other

    def test_clerks_of_decisions_do_not_bring_in_people_and_keepers_no_decisions(self) -> None:
        from core.errors import NotAllowed

        for who, kind in (("clerk", "officials"), ("agency_admin", "penalty")):
            with self.assertRaises(NotAllowed):
                self.upload(HEADER, [row(1)], by=who, kind=kind)

    def test_state_leaves_with_the_row_that_gives_it(self) -> None:
        tenure = make_tenure(self.agency, 1, date(2020, 1, 1))
        self.commit(self.upload(HEADER, [row(1, 任职止="2026-10-31", 状态="退休", 任免文号="惠城组干〔2026〕9号")]))
        profile = OfficialProfile.objects.get(subject=tenure.official_id)
        assert (profile.state, profile.state_since) == ("retired", date(2026, 10, 31))
        assert AuditEvent.objects.filter(action="records.official_state_changed", object_id=profile.pk).exists()

    def test_agencies_are_completed_and_new_ones_made_by_the_office_only(self) -> None:
        header = [
            "单位名称",
            "统一社会信用代码",
            "单位性质",
            "单位层级",
            "上级单位",
            "成立日期",
            "裁撤日期",
            "公开联系方式",
        ]
        new, other = make_uscc("11441302MB4X00001"), self.cast.other_agency
        rows = [
            [self.agency.name, self.agency.code, "政府部门", "区县", other.name, "2019-03-01", None, ""],
            ["惠城区新设局", new, "事业单位", "区县", None, None, None, None],
            ["改了名的局", other.code, None, None, None, None, None, None],
        ]  # fmt: skip
        own = self.upload(header, rows, kind="agencies")
        assert [r.status for r in own.rows.order_by("number")] == ["valid", "invalid", "invalid"]
        batch = self.upload(header, rows, kind="agencies", by="office")
        first, second, third = batch.rows.order_by("number")
        assert (
            "单位性质 （空） → 政府部门" in first.warnings[0]["message"] and "上级单位" in first.warnings[0]["message"]
        )
        assert second.warnings[0]["message"] == "新建单位" and "导入不会改名" in third.errors[0]["message"]
        self.commit(batch, by="office")
        assert AgencyProfile.objects.get(subject=self.agency).established_on == date(2019, 3, 1)
        assert Subject.objects.get(pk=self.agency.pk).parent == other
        made = Subject.objects.get(code=new)
        assert (made.kind, made.agency_profile.kind) == ("agency", "institution")
        assert self.upload(header, rows[:1], kind="agencies").rows.get().status == RowStatus.DUPLICATE


class RosterApiTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.agency = cls.cast.agency
        _, cls.secret = issue_key(cls.agency.pk, name="人事系统", actor=cls.cast.office)

    def send(self, rows: Any, **body: Any) -> HttpResponse:
        return Client().post(
            "/api/v1/intake/officials/", json.dumps({"officials": rows, **body}), content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip

    def person(self, n: int, **changes: Any) -> dict[str, Any]:
        return {"XM": f"欧阳示例{n}", "ZJHM": id_number(n), "ZW": "科长", "RZQ": "2020-01-01", **changes}

    def test_a_dry_run_tells_all_and_writes_nothing(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1))
        gone = make_tenure(self.agency, 9, date(2020, 1, 1), post="副科长")
        rows = [self.person(1, 职级="一级科员"), self.person(2)]
        answer = self.send(rows, dry_run=True).json()
        assert (answer["applied"], answer["changed"], answer["new"]) == (False, 1, 1)
        assert answer["rows"][0]["change"] == "变更：职级 （空） → 一级科员"
        assert answer["missing"] == [
            {"official": gone.official_id, "name": "欧阳*", "post": "副科长", "started_on": "2020-01-01"}
        ]
        assert Tenure.objects.count() == 2
        done = self.send(rows).json()
        assert done["applied"] and Tenure.objects.count() == 3 and OfficialProfile.objects.filter(pk=gone.official_id)
        assert AuditEvent.objects.get(action="records.roster_synced").door == "api"
        repeated = self.send(rows).json()
        assert (repeated["unchanged"], repeated["new"], repeated["changed"]) == (2, 0, 0)

    def test_one_rejected_row_keeps_the_whole_list_out_and_no_number_comes_back(self) -> None:
        make_agency()
        rows = [
            self.person(1),
            self.person(2, ZJHM="441302198901010011"),
            self.person(3, DW=self.cast.other_agency.code),
        ]
        response = self.send(rows)
        answer = response.json()
        assert (answer["rejected"], answer["applied"]) == (2, False) and not Tenure.objects.exists()
        text = response.content.decode()
        assert id_number(1) not in text and "441302198901010011" not in text and "示例1" not in text

    def test_what_is_no_roster_is_refused_with_the_reason(self) -> None:
        for rows, code in (([], "officials"), ("x", "officials"), ([{"无此列": "1"}], "unknown_column"),
                           ([[1]], "officials"), ([{"XM": {"a": 1}}], "officials")):  # fmt: skip
            response = self.send(rows)
            assert (response.status_code, response.json()["code"]) == (400, code)
        assert self.send([self.person(1)], dry_run="yes").status_code == 400
        assert Client().post("/api/v1/intake/officials/", "{}", content_type="application/json").status_code == 401

    def test_a_thousand_people_are_read_with_a_fixed_number_of_queries(self) -> None:
        from django.test.utils import CaptureQueriesContext

        start = date(2020, 1, 1)
        few = [self.person(n, RZQ=(start + timedelta(days=n)).isoformat()) for n in range(1, 4)]
        many = [self.person(n, RZQ=(start + timedelta(days=n)).isoformat()) for n in range(1, 101)]
        counts = []
        for rows in (few, many):
            with CaptureQueriesContext(connection) as queries:
                assert self.send(rows, dry_run=True).json()["new"] == len(rows)
            counts.append(len(queries))
        assert counts[0] >= counts[1]
