"""Departments' systems report through the API: the same rules, one answer per row, the same call only once."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import TestCase, override_settings
from drf_spectacular.generators import SchemaGenerator

from core.errors import NotAllowed, NotFound, WrongState
from core.models import AuditEvent
from disclosure import standard
from records import imports, services
from records.models import ApiKey, CreditRecord, ImportBatch, Subject
from records.services.keys import issue_key, revoke_key
from tests.people import make_cast
from tests.support.disclosure_tables import licence_row, penalty_row, person_row
from tests.support.processes import free_port

PENALTIES, LICENCES = "/api/v1/intake/penalties/", "/api/v1/intake/licences/"


def coded(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row by national codes."""
    return {standard.column(kind, name).code: value for name, value in row.items()}


class IntakeStory(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.key, cls.secret = issue_key(cls.cast.agency.pk, name="执法办案系统", actor=cls.cast.actor("agency_admin"))

    def send(self, rows: Any, *, key: str = "批次-1", secret: str | None = None, to: str = PENALTIES) -> HttpResponse:
        return self.client.post(
            to,
            rows if isinstance(rows, str | bytes) else json.dumps({"rows": rows}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret or self.secret}", "Idempotency-Key": key.encode().hex()},
        )

    def refused(self, response: HttpResponse, status: int, code: str) -> None:
        body = response.json()
        assert (response.status_code, body["code"]) == (status, code), body
        assert set(body) == {"code", "message", "fields"} and body["message"]


class RoadTests(IntakeStory):
    def test_each_row_has_its_own_answer(self) -> None:
        good = coded("penalty", penalty_row(1))
        bad = coded("penalty", penalty_row(2, uscc="1", decided_on="2099-01-01"))
        answer = self.send([good, bad, good]).json()
        assert (answer["received"], answer["accepted"], answer["rejected"], answer["duplicate"]) == (3, 1, 1, 1)
        first, second, third = answer["rows"]
        record = CreditRecord.objects.get()
        assert (first["status"], first["record"], first["error"]) == ("accepted", record.pk, None)
        assert second["error"]["code"] == "invalid_record"
        assert {"CF_XDR_SHXYM", "CF_JDRQ"} <= set(second["error"]["fields"])
        assert third["status"] == "duplicate" and "第1行" in third["error"]["message"]
        assert (record.status, record.door, record.entered_by_id) == ("submitted", "api", None)
        assert AuditEvent.objects.get(action="records.entered").actor_name == "接口密钥“执法办案系统”"
        services.approve(record.pk, actor=self.cast.reviewer)

    def test_labels_and_numbers_and_lists_are_understood(self) -> None:
        row = {standard.column("penalty", n).label: v for n, v in penalty_row(1).items()}
        row["处罚类别"] = ["罚款", "警告"]
        row["罚款金额（万元）"] = 0.2
        row["承办人电话"] = "13800138000"
        answer = self.send([row]).json()
        assert answer["accepted"] == 1 and "承办人电话" in answer["notices"][0]["message"]
        assert CreditRecord.objects.get().penalty.penalty_category == "罚款、警告"
        assert "13800138000" not in str(ImportBatch.objects.get().rows.get().cells)

    def test_licences_have_their_own_address(self) -> None:
        answer = self.send([coded("licence", licence_row(1))], to=LICENCES).json()
        assert answer["accepted"] == 1 and CreditRecord.objects.get().kind == "licence"

    def test_identity_numbers_are_staged_sealed(self) -> None:
        row = coded("penalty", person_row(1))
        assert self.send([row]).json()["accepted"] == 1
        staged = ImportBatch.objects.get().rows.get()
        assert row["CF_XDR_ZJHM"] not in str((staged.cells, staged.values))

    def test_another_agencys_decision_is_refused(self) -> None:
        other = self.cast.other_agency
        row = coded("penalty", penalty_row(1, authority=other.name, authority_code=other.code))
        (answer,) = self.send([row]).json()["rows"]
        assert {"CF_CFJG", "CF_CFJGDM"} == set(answer["error"]["fields"])

    def test_a_rejected_row_can_be_corrected_in_the_browser(self) -> None:
        self.send([coded("penalty", penalty_row(1, decided_on="昨天"))])
        batch = ImportBatch.objects.get()
        row = imports.correct_row(batch.rows.get().pk, {"decided_on": "2026-11-02"}, actor=self.cast.clerk)
        assert row.status == "valid"
        imports.commit_batch(batch.pk, actor=self.cast.clerk, by_worker=False)
        imports.run_commit(batch.pk, today=row.month)
        assert CreditRecord.objects.get().entered_by_id == self.cast.clerk.user_id


class OnceTests(IntakeStory):
    def test_the_same_call_again_answers_the_same_and_adds_nothing(self) -> None:
        rows = [coded("penalty", penalty_row(1)), coded("penalty", penalty_row(2, uscc="1"))]
        first, again = self.send(rows).json(), self.send(rows).json()
        assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
        assert first == again and CreditRecord.objects.count() == 1

    def test_a_used_key_with_other_rows_is_refused(self) -> None:
        self.send([coded("penalty", penalty_row(1))])
        self.refused(self.send([coded("penalty", penalty_row(2))]), 409, "key_reused")

    def test_two_agencies_may_use_the_same_batch_key(self) -> None:
        _, secret = issue_key(self.cast.other_agency.pk, name="另一系统", actor=self.cast.office)
        other = self.cast.other_agency
        mine, theirs = penalty_row(1), penalty_row(1, authority=other.name, authority_code=other.code)
        assert self.send([coded("penalty", mine)]).json()["accepted"] == 1
        assert self.send([coded("penalty", theirs)], secret=secret).json()["accepted"] == 1


class RefusalTests(IntakeStory):
    def test_no_key_wrong_key_revoked_key(self) -> None:
        row = [coded("penalty", penalty_row(1))]
        self.refused(self.client.post(PENALTIES, {}, content_type="application/json"), 401, "not_authenticated")
        self.refused(self.send(row, secret="hc_wrong"), 401, "not_authenticated")
        revoke_key(self.key.pk, actor=self.cast.office, reason="系统下线")
        self.refused(self.send(row), 401, "not_authenticated")
        assert not CreditRecord.objects.exists() and not ImportBatch.objects.exists()

    def test_shapes(self) -> None:
        row = coded("penalty", penalty_row(1))
        for rows, code in (
            ([], "rows"),
            ("{", "invalid"),
            ('"text"', "rows"),
            ("[1]", "rows"),
            ([[1]], "rows"),
            ([{"CF_WSH": {"a": 1}}], "rows"),
            ([{"CF_WSH": [1]}], "rows"),
            ([row] * 1001, "too_many_rows"),
            ([dict.fromkeys(map(str, range(201)), 1)], "rows"),
            ('{"rows": [{"CF_WSH": NaN}]}', "invalid"),
        ):
            self.refused(self.send(rows), 400, code)
        self.refused(self.send([row], key=""), 400, "batch_key")
        self.refused(self.send([row], key="x" * 65), 400, "batch_key")
        assert self.client.get(PENALTIES, headers={"Authorization": f"Bearer {self.secret}"}).status_code == 405

    def test_hostile_values_are_errors_of_their_row(self) -> None:
        raw = (
            '{"rows": [{"CF_WSH": "\\u0000\\ud800", "CF_XDR_MC": "a\\u202eb", "CF_NR_FK": 1e999, '
            f'"CF_JDRQ": {"9" * 400}, "CF_XDR_LB": true, "CF_SY": "{"长" * 40000}", '
            '"\\u0000\\ud800": "\\udfff"}]}'
        )
        response = self.send(raw)
        assert response.status_code == 200, response.content
        (answer,) = response.json()["rows"]
        assert {"CF_WSH", "CF_NR_FK", "CF_JDRQ", "CF_XDR_LB", "CF_SY"} <= set(answer["error"]["fields"])

    @override_settings(
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": f"redis://127.0.0.1:{free_port()}",
            }
        }
    )
    def test_a_cache_that_is_away_does_not_refuse_reports(self) -> None:
        assert self.send([coded("penalty", penalty_row(1))]).json()["accepted"] == 1

    @override_settings(INTAKE_RATE_PER_MINUTE=2)
    def test_too_many_calls_wait(self) -> None:
        row = coded("penalty", penalty_row(1))
        for n in range(2):
            assert self.send([row], key=f"k{n}").status_code == 200
        response = self.send([row], key="k3")
        self.refused(response, 429, "throttled")
        assert 0 < int(response.headers["Retry-After"]) <= 61


class KeyTests(IntakeStory):
    def test_the_secret_is_kept_nowhere_and_its_use_is_seen(self) -> None:
        assert self.secret not in str(list(ApiKey.objects.values())) and self.secret.startswith(self.key.prefix)
        self.send([coded("penalty", penalty_row(1))])
        self.key.refresh_from_db()
        assert self.key.last_used_at is not None

    def test_who_may_issue_and_revoke(self) -> None:
        for person in ("clerk", "reviewer", "auditor", "system_admin"):
            with pytest.raises(NotAllowed):
                issue_key(self.cast.agency.pk, name="x", actor=self.cast.actor(person))
        with pytest.raises(NotAllowed):
            issue_key(self.cast.other_agency.pk, name="x", actor=self.cast.actor("agency_admin"))
        with pytest.raises(NotFound):
            revoke_key(self.key.pk, actor=self.cast.other_clerk, reason="x")
        revoke_key(self.key.pk, actor=self.cast.actor("agency_admin"), reason="人员变动")
        with pytest.raises(WrongState):
            revoke_key(self.key.pk, actor=self.cast.office, reason="再次")
        assert AuditEvent.objects.filter(action="records.key_revoked").count() == 1

    def test_only_agencies_have_keys(self) -> None:
        self.send([coded("penalty", penalty_row(1))])
        company = Subject.objects.exclude(kind="agency").get()
        with pytest.raises(NotFound):
            issue_key(company.pk, name="x", actor=self.cast.office)


def test_the_description_lists_every_column() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    for path, kind in ((PENALTIES, "penalty"), (LICENCES, "licence")):
        post = schema["paths"][path]["post"]
        assert {"intakeKey": []} in post["security"]
        assert any(p["name"] == "Idempotency-Key" for p in post["parameters"])
        assert {"200", "400", "401", "409", "429"} <= set(post["responses"])
        for column in standard.columns(kind):
            assert (column.code in post["description"]) == (column.stored != "merged")
