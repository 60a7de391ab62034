"""Journey 4 through the test client: refused by one platform, corrected, stored, withdrawn, recalled by all three."""

import re
from datetime import date

from django.test import Client
from django.utils import timezone

from records.models import ChangeRequest, PublicRecord
from tests.factories.records import make_subject, submitted_penalty
from tests.sharing.receivers import COMPANY
from tests.sharing.street import SharingCase

TODAY = timezone.localdate()
TEXT = "未查询到主体或查询到的主体信息不匹配"
REASON, BASIS = "处罚决定经行政复议被依法撤销。", "惠城府行复〔2026〕8号行政复议决定书"


class PlatformJourney(SharingCase):
    """Everything through the pages; only the worker's steps are called where a worker would run them."""

    def _client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def _receipts(self, client: Client, address: str) -> list[str]:
        """The platform table of the record's page, a line each, without markup."""
        content = client.get(address).content.decode()
        table = content.split("各平台的报送状态和回执</caption>")[1].split("</table>")[0]
        return [re.sub(r"<[^>]+>", " ", row) for row in table.split("<tbody>")[1].split("</tr>")[:-1]]

    def _accept(self, client: Client) -> None:
        change = ChangeRequest.objects.get(status="proposed")
        assert client.post(f"/staff/changes/{change.pk}/", {"decision": "accept"}).status_code == 302
        change.refresh_from_db()
        assert change.status == "accepted"

    def test_a_refused_penalty_is_corrected_and_then_withdrawn_everywhere(self) -> None:
        company = make_subject("惠州市惠城区某某商贸有限公司", code=COMPANY)
        record = submitted_penalty(self.cast, company, today=TODAY, decided_on=TODAY, effective_to=date(2099, 12, 31))
        clerk, reviewer, address = self._client("clerk"), self._client("reviewer"), f"/staff/records/{record.pk}/"
        refusal = {"match": {"CF_WSH": record.document_number}, "code": "1001", "column": "CF_XDR_MC", "text": TEXT}
        self.receivers["municipal"].control(refuse=[refusal])

        assert reviewer.post(f"{address}approve/").status_code == 302
        self.deliver()
        lines = self._receipts(reviewer, address)
        (refused,) = [line for line in lines if "退回" in line]
        assert all(word in refused for word in ("第1版", "CF_XDR_MC", "代码 1001", TEXT))
        assert [self.states(record, code) for code in self.codes] == [["refused"], ["stored"], ["stored"]]

        form = clerk.get(f"{address}correct/").context["form"]
        values = {field.html_name: field.value() or "" for field in form}
        values |= {"violation_type": "未按规定公示年度报告", "reason": "按决定书更正违法行为类型。"}
        response = clerk.post(f"{address}correct/", values)
        assert response.status_code == 302, response.context["form"].errors
        self.receivers["municipal"].control(refuse=[])
        self._accept(reviewer)
        self.deliver()
        lines = self._receipts(reviewer, address)
        assert len(lines) == 3 and all("已入库" in line and "第2版" in line for line in lines), lines

        incomplete = clerk.post(f"{address}withdraw/", {"reason": REASON})
        self.assertContains(incomplete, "请填写依据。", status_code=400)
        assert clerk.post(f"{address}withdraw/", {"reason": REASON, "basis": BASIS}).status_code == 302
        change = ChangeRequest.objects.get(status="proposed")
        assert clerk.post(f"/staff/changes/{change.pk}/", {"decision": "accept"}).status_code == 403
        assert Client().get(f"/records/{record.pk}/").status_code == 200  # until somebody else agrees
        self._accept(reviewer)
        assert not PublicRecord.objects.filter(pk=record.pk).exists()
        self.assertContains(Client().get(f"/records/{record.pk}/"), REASON, status_code=410)
        self.assertContains(Client().get("/corrections/"), f"原因：{REASON}")
        self.deliver()
        lines = self._receipts(reviewer, address)
        assert len(lines) == 3 and all("已撤回" in line for line in lines), lines
        assert all((held := self.held(record, code)) and held[2] for code in self.codes)
