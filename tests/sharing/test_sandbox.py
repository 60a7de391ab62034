"""The stand-in platform as its own process over loopback: what it demands, answers, holds and survives."""

import json
import signal
import threading
import time
import unittest
from http.client import RemoteDisconnected

from core.signing import SM2, generate_key
from sharing.signing import sign_request
from tests.sharing.receivers import AGENCY, COMPANY, Receiver, dishonesty, honour, penalty, recall


class SandboxTests(unittest.TestCase):
    receiver: Receiver

    @classmethod
    def setUpClass(cls) -> None:
        cls.receiver = Receiver().start()
        cls.addClassCleanup(cls.receiver.close)

    def setUp(self) -> None:
        self.receiver.control(reset=True)

    def refusal(self, item: dict[str, object]) -> tuple[str, str]:
        [result] = self.receiver.post(item)
        self.assertEqual(result["status"], "refused", result)
        self.assertRegex(result["text"], "[一-鿿]")
        return result["code"], result["column"]

    # --- content ----------------------------------------------------------------------------------------

    def test_a_complete_row_is_stored(self) -> None:
        [result] = self.receiver.post(penalty())
        self.assertEqual((result["status"], result["code"]), ("stored", "200"))
        self.assertEqual(self.receiver.manifest()["r1"][0], 1)

    def test_each_fault_has_its_code_and_column(self) -> None:
        cases = [
            (penalty(CF_WSH=""), "1002", "CF_WSH"),
            (penalty(CF_XDR_SHXYM=""), "1002", "CF_XDR_SHXYM"),
            (penalty(CF_NR_FK=""), "1002", "CF_NR_FK"),
            (penalty(CF_XDR_SHXYM=COMPANY[:-1] + "0"), "1003", "CF_XDR_SHXYM"),
            (penalty(CF_JDRQ="2026-03-02"), "1003", "CF_JDRQ"),
            (penalty(CF_JDRQ="2026/02/30"), "1003", "CF_JDRQ"),
            (penalty(CF_JDRQ="2199/01/01"), "1003", "CF_JDRQ"),
            (penalty(CF_NR_FK="2000元"), "1003", "CF_NR_FK"),
            (penalty(CF_XDR_LB="自然人"), "1003", "CF_XDR_LB"),
            (penalty(CF_XDR_MC="长" * 201), "1003", "CF_XDR_MC"),
            (penalty(CF_FR_ZJHM="1"), "1005", "CF_FR_ZJHM"),
            (penalty() | {"table": ""}, "3001", ""),
            (penalty() | {"table": "QT"}, "3002", ""),
            (penalty() | {"department": ""}, "4001", ""),
        ]
        for number, (item, code, column) in enumerate(cases):
            with self.subTest(code=code, column=column):
                self.assertEqual(self.refusal(item | {"key": f"k{number}"}), (code, column))
        self.assertEqual(self.receiver.control()["held"], 0)

    def test_rows_of_the_governments_own_tables_are_checked_like_the_others(self) -> None:
        self.assertEqual([r["status"] for r in self.receiver.post(dishonesty(), honour())], ["stored", "stored"])
        cases = [
            (dishonesty(ZWSX_ZT_SHXYM=""), "1002", "ZWSX_ZT_SHXYM"),
            (dishonesty(ZWSX_WSH=""), "1002", "ZWSX_WSH"),
            (dishonesty(ZWSX_CD="很严重"), "1003", "ZWSX_CD"),
            (dishonesty(ZWSX_ZT_LB="企业"), "1003", "ZWSX_ZT_LB"),
            (dishonesty(ZWSX_SXRQ="2026/03/01"), "1003", "ZWSX_SXRQ"),
            (dishonesty(ZWSX_XLZ="2026/03/04"), "1003", "ZWSX_XLZ"),
            (dishonesty(ZWSX_WSRQ="2199/01/01"), "1003", "ZWSX_WSRQ"),
            (dishonesty(ZWSX_SS="三万"), "1003", "ZWSX_SS"),
            (dishonesty(CF_WSH="1"), "1005", "CF_WSH"),
            (dishonesty(ZWSX_ZT_LB="公务员") | {"table": "ZWSX_ZRR"}, "1005", "ZWSX_ZT_SHXYM"),
            (honour(SXRY_MC=""), "1002", "SXRY_MC"),
            (honour(SXRY_JB="世界级"), "1003", "SXRY_JB"),
            (honour(SXRY_YXZ="2026/03/01"), "1003", "SXRY_YXZ"),
        ]
        for number, (item, code, column) in enumerate(cases):
            with self.subTest(code=code, column=column):
                self.assertEqual(self.refusal(item | {"key": f"g{number}"}), (code, column))
        self.receiver.control(subjects={AGENCY: "惠州市惠城区另一局"})
        self.assertEqual(self.refusal(dishonesty() | {"key": "name"}), ("1001", "ZWSX_ZT_MC"))

    def test_a_name_that_differs_from_the_base_library_is_1001(self) -> None:
        self.receiver.control(subjects={COMPANY: "惠州市另一家有限公司"})
        self.assertEqual(self.refusal(penalty()), ("1001", "CF_XDR_MC"))
        [result] = self.receiver.post(penalty(version=2, CF_XDR_MC="惠州市另一家有限公司"))
        self.assertEqual(result["status"], "stored")

    def test_good_rows_of_a_batch_are_stored_beside_bad_ones(self) -> None:
        results = self.receiver.post(penalty("a"), penalty("b", CF_WSH=""), penalty("c"))
        self.assertEqual([result["status"] for result in results], ["stored", "refused", "stored"])
        self.assertEqual(sorted(self.receiver.manifest()), ["a", "c"])

    # --- order and idempotency --------------------------------------------------------------------------

    def test_the_same_key_gets_the_first_answer_and_changes_nothing(self) -> None:
        first = self.receiver.post(penalty(), penalty("r2", CF_WSH=""))
        again = self.receiver.post(penalty(CF_NR="别的内容"), penalty("r2"))
        self.assertEqual(first, again)
        self.assertEqual(len(self.receiver.journal()), 2)
        self.assertEqual(self.receiver.control()["duplicates"], 2)

    def test_a_key_twice_in_one_batch_counts_once(self) -> None:
        results = self.receiver.post(penalty(), penalty())
        self.assertEqual(results[0], results[1])
        self.assertEqual(len(self.receiver.journal()), 1)

    def test_an_older_version_is_refused_and_the_same_one_replaces(self) -> None:
        self.receiver.post(penalty(version=2))
        self.assertEqual(self.refusal(penalty(version=1))[0], "1004")
        digest = self.receiver.manifest()["r1"][1]
        self.receiver.post(penalty(version=2, key="resent", CF_NR="罚款人民币2000.00元。"))
        self.assertNotEqual(self.receiver.manifest()["r1"][1], digest)

    def test_a_recall_leaves_a_tombstone_without_content(self) -> None:
        self.receiver.post(penalty())
        [result] = self.receiver.post(recall("r1", 2))
        self.assertEqual(result["status"], "stored")
        self.assertEqual(self.receiver.manifest(), {"r1": [2, "", True]})
        page = self.receiver.request("GET", "/")[1].decode()
        self.assertNotIn("惠城市监处罚", page)
        self.assertEqual(self.refusal(penalty(version=1, key="late"))[0], "1004")
        self.receiver.post(penalty(version=3))
        self.assertFalse(self.receiver.manifest()["r1"][2])

    def test_deferred_items_are_accepted_first_and_stored_later(self) -> None:
        self.receiver.control(defer_seconds=0.3)
        [result] = self.receiver.post(penalty())
        self.assertEqual(result["status"], "accepted")
        self.assertEqual(self.receiver.post(penalty())[0]["status"], "accepted")
        self.assertEqual(self.receiver.manifest(), {})
        time.sleep(0.35)
        _, answer = self.receiver.signed("POST", "/v1/receipts", {"keys": [result["key"], "never"]})
        self.assertEqual([one["status"] for one in answer["results"]], ["stored", "unknown"])

    # --- signatures -------------------------------------------------------------------------------------

    def test_an_unsigned_request_is_401_and_does_nothing(self) -> None:
        body = json.dumps({"items": [penalty()]}).encode()
        status, answer = self.receiver.request("POST", "/v1/records", body)
        self.assertEqual((status, json.loads(answer)["errorCode"]), (401, "7001"))
        self.assertEqual(self.receiver.control()["held"], 0)

    def test_a_replayed_request_is_refused(self) -> None:
        body = json.dumps({"items": [penalty()]}).encode()
        headers = sign_request(self.receiver.signer, method="POST", target="/v1/records", body=body, now=time.time())
        self.assertEqual(self.receiver.request("POST", "/v1/records", body, headers)[0], 200)
        status, answer = self.receiver.request("POST", "/v1/records", body, headers)
        self.assertEqual((status, json.loads(answer)["errorCode"]), (401, "7007"))

    def test_sm2_signatures_are_verified_too(self) -> None:
        with Receiver("national", SM2) as receiver:
            self.assertEqual(receiver.post(penalty())[0]["status"], "stored")

    # --- bad bodies -------------------------------------------------------------------------------------

    def test_bad_bodies_get_a_code_and_no_effect(self) -> None:
        item = penalty()
        cases: list[tuple[object, int, str]] = [
            ({}, 400, "6001"),
            ({"items": []}, 400, "6001"),
            ({"items": [1]}, 400, "6002"),
            ({"items": [item, item | {"version": "1"}]}, 400, "6002"),
            ({"items": [item | {"operation": "drop"}]}, 400, "6002"),
            ({"items": [item | {"columns": []}]}, 400, "6002"),
            ({"items": [item] * 1001}, 413, "6002"),
            ([], 400, "6002"),
        ]
        for content, status, code in cases:
            got, answer = self.receiver.signed("POST", "/v1/records", content)
            self.assertEqual((got, answer["errorCode"]), (status, code))
        self.assertEqual(self.receiver.control()["held"], 0)
        self.assertEqual(self.receiver.signed("GET", "/v1/manifest?limit=x")[0], 400)
        self.assertEqual(self.receiver.signed("GET", "/v1/nothing")[0], 404)

    # --- misbehaving on request -------------------------------------------------------------------------

    def test_it_fails_as_often_as_told(self) -> None:
        self.receiver.control(fail_next=1)
        self.assertEqual(self.receiver.signed("POST", "/v1/records", {"items": [penalty()]})[0], 503)
        self.assertEqual(self.receiver.post(penalty())[0]["status"], "stored")
        self.receiver.control(fail_rate=1)
        self.assertEqual(self.receiver.signed("GET", "/v1/manifest")[0], 503)

    def test_it_is_slow_when_told(self) -> None:
        self.receiver.control(slow_seconds=0.3)
        began = time.monotonic()
        self.receiver.post(penalty())
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_dropped_answer_leaves_the_work_done(self) -> None:
        self.receiver.control(drop_next=1)
        with self.assertRaises((RemoteDisconnected, ConnectionResetError)):
            self.receiver.post(penalty())
        self.assertEqual(list(self.receiver.manifest()), ["r1"])
        self.assertEqual(self.receiver.post(penalty())[0]["status"], "stored")

    def test_it_refuses_the_rows_it_is_told_to(self) -> None:
        rule = {"match": {"CF_WSH": "惠城市监处罚*"}, "code": "1002", "column": "CF_FRDB", "text": "法定代表人不符。"}
        self.receiver.control(refuse=[rule])
        self.assertEqual(self.refusal(penalty()), ("1002", "CF_FRDB"))
        self.assertEqual(self.receiver.post(penalty("r2", CF_WSH="惠城城管罚〔2026〕1号"))[0]["status"], "stored")

    def test_differences_can_be_planted(self) -> None:
        self.receiver.post(penalty("a"), penalty("b"))
        self.receiver.control(forget=["a"], spoil=["b"])
        self.assertEqual(self.receiver.manifest(), {"b": [1, "spoilt", False]})

    # --- lasting ----------------------------------------------------------------------------------------

    def test_a_restart_and_a_kill_lose_nothing(self) -> None:
        with Receiver() as receiver:
            receiver.control(fail_next=3, refuse=[{"match": {"CF_WSH": "x"}, "code": "1"}])
            receiver.control(fail_next=0)
            first = receiver.post(penalty())
            held = receiver.manifest()
            receiver.kill()
            receiver.start()
            self.assertEqual(receiver.manifest(), held)
            self.assertEqual(receiver.post(penalty()), first)
            self.assertEqual(len(receiver.control()["controls"]["refuse"]), 1)
            self.assertEqual(receiver.stop(signal.SIGINT), 0)
            receiver.start()

    def test_many_senders_at_once_are_all_answered(self) -> None:
        def send(number: int) -> None:
            self.receiver.post(*(penalty(f"t{number}-{row}") for row in range(20)))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.receiver.control()["held"], 160)

    def test_manifest_pages_join_without_gap(self) -> None:
        self.receiver.post(*(penalty(f"{number:04d}") for number in range(25)))
        _, page = self.receiver.signed("GET", "/v1/manifest?limit=10")
        _, rest = self.receiver.signed("GET", f"/v1/manifest?limit=100&after={page['next']}")
        records = [item[0] for item in page["items"] + rest["items"]]
        self.assertEqual(records, [f"{number:04d}" for number in range(25)])
        self.assertIsNone(rest["next"])

    def test_the_page_shows_what_is_held_and_escapes_it(self) -> None:
        self.receiver.post(penalty(CF_XDR_MC="<script>某公司</script>"))
        status, page = self.receiver.request("GET", "/?q=%E6%9F%90%E5%85%AC%E5%8F%B8")
        self.assertEqual(status, 200)
        self.assertIn("&lt;script&gt;某公司", page.decode())
        self.assertNotIn("<script>", page.decode())
        self.assertEqual(json.loads(self.receiver.request("GET", "/healthz")[1])["status"], "ok")


class StartTests(unittest.TestCase):
    def test_a_platform_without_our_key_refuses_us(self) -> None:
        receiver = Receiver()
        receiver.trust.write_text(generate_key(SM2, "somebody-else").public_half().to_json())
        with receiver:
            status, answer = receiver.signed("GET", "/v1/manifest")
            self.assertEqual((status, answer["errorCode"]), (401, "7002"))
