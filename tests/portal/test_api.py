"""The open API: the pages' rows and filters as JSON, one error shape, a feed that misses nothing."""

import json
from typing import Any

from django.db import connection
from django.test import override_settings

from portal.throttles import minute
from records import services
from records.models import PublicRecord, Revision
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.portal.stories import PERSON, WITHDRAWN_BECAUSE, Site


class Api(Site):
    def json(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code, response.content[:300])
        assert response.headers["Content-Type"] == "application/json"
        return json.loads(response.content)

    def refused(self, path: str, status: int, code: str) -> Any:
        body = self.json(path, status)
        assert set(body) == {"code", "message", "fields"} and body["code"] == code, body
        return body

    def walk(self, path: str) -> list[Any]:
        """Every row of a list, page by page."""
        rows: list[Any] = []
        while path:
            page = self.json(path)
            rows += page["results"]
            path = page["next"]
        return rows


class RecordsTests(Api):
    def test_the_list_holds_what_is_public_and_nothing_else(self) -> None:
        rows = self.walk("/api/v1/records/?size=2")
        assert {r["record"] for r in rows} == set(PublicRecord.objects.values_list("pk", flat=True))
        assert len(rows) == PublicRecord.objects.count()
        assert "fields" not in rows[0] and rows[0]["subject"]["name"]

    def test_it_searches_and_filters_as_the_pages_do(self) -> None:
        def found(query: str) -> set[int]:
            return {r["record"] for r in self.walk(f"/api/v1/records/?{query}")}

        assert found("q=东江") == {self.penalty.pk, self.licence.pk}
        assert found("q=惠城市监罚(2026)9056号") == {self.penalty.pk}
        assert found("kind=licence") == {self.licence.pk}
        assert found("on_time=no") == {self.late.pk}
        assert found("state=disputed") == {self.disputed.pk}
        assert found(f"subject={self.company.pk}") == {self.penalty.pk, self.licence.pk}
        assert found(f"subject={self.person.pk}") == set()
        assert found("year=1999") == set()

    def test_one_record_is_the_stored_projection(self) -> None:
        body = self.json(f"/api/v1/records/{self.penalty.pk}/")
        assert body == Revision.objects.get(record=self.penalty).public
        assert {f["name"] for f in body["fields"]} >= {"facts", "legal_basis", "fine_amount"}

    def test_what_ended_answers_410_with_the_reason(self) -> None:
        body = self.refused(f"/api/v1/records/{self.withdrawn.pk}/", 410, "withdrawn")
        assert WITHDRAWN_BECAUSE in body["message"]
        self.refused(f"/api/v1/records/{self.expired.pk}/", 410, "expired")

    def test_errors_have_one_shape(self) -> None:
        self.refused("/api/v1/records/999999/", 404, "not_found")
        self.refused("/api/v1/nothing/", 404, "not_found")
        for query in (
            "kind=x",
            "year=twelve",
            "agency=-1",
            "size=0",
            "size=1000",
            "sort=up",
            "after=x",
            "after=2026-13-01~1",
        ):
            body = self.refused(f"/api/v1/records/?{query}", 400, "bad_cursor" if "after" in query else "bad_filter")
            assert body["fields"], query
        assert self.client.post("/api/v1/records/").json()["code"] == "method_not_allowed"

    def test_amounts_continue_behind_the_cursor(self) -> None:
        for amount in ("5", "5", "7.25", "0.1"):
            published_penalty(self.cast, detail={"fine_amount": amount})
        rows = [r["record"] for r in self.walk("/api/v1/records/?sort=amount&size=1")]
        amounts = dict(PublicRecord.objects.values_list("pk", "amount"))
        assert [amounts[r] for r in rows] == sorted((a for a in amounts.values() if a is not None), reverse=True)
        assert len(rows) == len(set(rows))


class SubjectsTests(Api):
    def test_bodies_on_public_pages_are_listed_and_people_never(self) -> None:
        unseen = make_subject("惠州市尚未公示有限公司")
        rows = self.walk("/api/v1/subjects/?size=2")
        ids = {r["id"] for r in rows}
        assert {self.company.pk, self.cast.agency.pk, self.cast.other_agency.pk} <= ids
        assert unseen.pk not in ids and self.person.pk not in ids and PERSON not in json.dumps(rows)

    def test_search_by_name_former_name_and_code(self) -> None:
        for query in ("东江", "惠阳县", self.company.code):
            assert [r["id"] for r in self.walk(f"/api/v1/subjects/?q={query}")] == [self.company.pk], query
        assert self.walk(f"/api/v1/subjects/?q={PERSON}") == []

    def test_one_subject_with_its_former_names(self) -> None:
        body = self.json(f"/api/v1/subjects/{self.company.pk}/")
        assert body["former_names"] == ["惠阳县东江食品加工厂"] and body["code"] == self.company.code
        self.refused(f"/api/v1/subjects/{self.person.pk}/", 404, "not_found")
        self.refused("/api/v1/subjects/?kind=person", 400, "bad_filter")


class RevisionsTests(Api):
    def follow(self, after: int = 0, size: int = 3) -> list[Any]:
        rows: list[Any] = []
        while page := self.json(f"/api/v1/revisions/?after={after}&size={size}"):
            rows += page["results"]
            if not page["results"]:
                return rows
            after = page["last"]
        return rows

    def test_sequence_numbers_have_no_gap_and_no_repeat(self) -> None:
        rows = self.follow()
        assert [r["seq"] for r in rows] == list(range(1, Revision.objects.count() + 1))

    def test_whoever_applies_every_row_holds_exactly_what_is_public(self) -> None:
        held: dict[int, Any] = {}
        for row in self.follow():
            if row["act"] in ("withdrawn", "expired", "repaired"):
                held.pop(row["record"], None)
            elif row["public"] is not None:
                held[row["record"]] = row["public"]
        shown = {r.pk: r.revision.public for r in PublicRecord.objects.select_related("revision")}
        assert held == shown

    def test_an_empty_page_is_answered_with_where_to_go_on(self) -> None:
        last = Revision.objects.count()
        page = self.json(f"/api/v1/revisions/?after={last}")
        assert page["results"] == [] and page["last"] == last and page["next"].endswith(f"after={last}")
        published_licence(self.cast)
        assert self.json(page["next"])["results"] == []  # written, not yet sealed: it has no place yet
        services.seal()
        assert [r["seq"] for r in self.json(page["next"])["results"]] == [last + 1]

    def test_a_slow_transaction_gets_its_place_behind_what_was_sealed_before_it(self) -> None:
        last = Revision.objects.count()
        slow, quick = (published_licence(self.cast).pk for _ in range(2))
        with connection.cursor() as cursor:  # as if the second had committed, and been sealed, before the first
            cursor.execute("UPDATE records_revision SET seq = %s WHERE record_id = %s", [last + 1, quick])
        services.seal()
        page = self.json(f"/api/v1/revisions/?after={last}")
        assert [(r["seq"], r["record"]) for r in page["results"]] == [(last + 1, quick), (last + 2, slow)]
        assert page["last"] == last + 2

    def test_ended_content_is_told_but_not_shown(self) -> None:
        text = json.dumps(self.follow(), ensure_ascii=False)
        for record in (self.withdrawn, self.repaired, self.expired):
            assert record.subject.name not in text and f'"{record.document_number}"' not in text
        assert WITHDRAWN_BECAUSE in text and PERSON not in text

    def test_an_objection_is_forgotten_with_the_record(self) -> None:
        services.mark_disputed(self.penalty.pk, actor=self.cast.reviewer, reason="东江示例提出异议。")
        services.seal()
        assert "东江示例提出异议。" in json.dumps(self.follow(), ensure_ascii=False)
        from tests.portal.stories import end

        services.close_dispute(self.penalty.pk, actor=self.cast.reviewer, reason="东江示例撤回异议。")
        end(self.penalty, "repair", self.cast, "已修复。")
        services.seal()
        assert "东江示例" not in json.dumps(self.follow(), ensure_ascii=False)


class ThrottleTests(Api):
    @override_settings(API_RATE_PER_MINUTE=3)
    def test_an_address_that_asks_too_often_is_told_when_to_come_back(self) -> None:
        minute.clear()
        for _ in range(3):
            self.json("/api/v1/subjects/")
        response = self.client.get("/api/v1/subjects/")
        assert response.status_code == 429 and response.json()["code"] == "throttled"
        assert 1 <= int(response.headers["Retry-After"]) <= 61
        assert self.client.get("/api/v1/subjects/", REMOTE_ADDR="10.0.0.9").status_code == 200

    @override_settings(API_RATE_PER_MINUTE=1, TRUSTED_PROXIES=1)
    def test_behind_a_proxy_the_readers_own_address_counts_and_cannot_be_forged(self) -> None:
        def ask(forwarded: str) -> int:
            return self.client.get("/api/v1/subjects/", headers={"X-Forwarded-For": forwarded}).status_code

        minute.clear()
        assert ask("198.51.100.7") == 200 and ask("198.51.100.8") == 200
        assert ask("203.0.113.1, 198.51.100.7") == 429


class ShortWayTests(Api):
    """A plain GET goes past most of the framework; what it is answered is what the framework would answer."""

    def test_answers_and_refusals_are_the_same_on_both_ways(self) -> None:
        addresses = {
            f"/api/v1/records/{self.penalty.pk}/": 200,
            f"/api/v1/records/{self.withdrawn.pk}/": 410,
            "/api/v1/records/?q=东江&size=1": 200,
            "/api/v1/records/999999/": 404,
            "/api/v1/records/?kind=nothing": 400,
            "/api/v1/records/?size=0": 400,
            "/api/v1/records/?after=x": 400,
            "/api/v1/subjects/?q=东江": 200,
            f"/api/v1/subjects/{self.person.pk}/": 404,
            "/api/v1/revisions/?after=2": 200,
        }
        for path, status in addresses.items():
            short = self.client.get(path)
            # A range of types is looked into by the framework.
            whole = self.client.get(path, headers={"Accept": "application/*"})
            assert short.status_code == whole.status_code == status, path
            assert json.loads(short.content) == json.loads(whole.content), path
            assert short.headers["Content-Type"] == whole.headers["Content-Type"], path
            if status == 200:
                assert short.headers["Allow"] == whole.headers["Allow"], path

    def test_what_is_not_plain_is_settled_by_the_framework(self) -> None:
        path = "/api/v1/subjects/"
        assert self.client.get(path, headers={"Accept": "text/html"}).status_code == 406
        assert self.client.get(f"{path}?format=xml").status_code == 404
        assert self.client.post(path).status_code == 405
        assert self.client.head(path).status_code == 200
        assert self.client.get(path, headers={"Accept": "application/json;q=0.9, text/html"}).status_code == 200


class DescriptionTests(Api):
    def test_the_schema_names_every_address(self) -> None:
        schema = self.client.get("/api/schema/?format=json").json()
        assert set(schema["paths"]) == {
            "/api/v1/records/", "/api/v1/records/{record_id}/", "/api/v1/subjects/",
            "/api/v1/subjects/{subject_id}/", "/api/v1/revisions/",
            "/api/v1/intake/licences/", "/api/v1/intake/penalties/", "/api/v1/intake/officials/",
            "/api/v1/lookups/",
        }  # fmt: skip
        assert schema["openapi"].startswith("3.")

    def test_answers_fit_the_schema(self) -> None:
        import jsonschema

        schema = self.client.get("/api/schema/?format=json").json()
        for path, address in (
            ("/api/v1/records/", "/api/v1/records/"),
            ("/api/v1/records/{record_id}/", f"/api/v1/records/{self.penalty.pk}/"),
            ("/api/v1/subjects/", "/api/v1/subjects/"),
            ("/api/v1/subjects/{subject_id}/", f"/api/v1/subjects/{self.company.pk}/"),
            ("/api/v1/revisions/", "/api/v1/revisions/"),
        ):
            answer = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            body = nullable_as_types({**answer, "components": schema["components"]})
            jsonschema.validate(self.json(address), body)

    def test_the_description_has_a_page_without_inline_script(self) -> None:
        text = self.text("/api/docs/")
        assert "swagger-ui-bundle.js" in text and 'data-schema="/api/schema/' in text and "<script>" not in text


def nullable_as_types(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [nullable_as_types(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: nullable_as_types(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [out, {"type": "null"}]} if node.get("nullable") else out
