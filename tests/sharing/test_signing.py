"""Signed requests: everything a thief of one might try."""

import unittest

from core.signing import ED25519, SM2, generate_key, signer_for, verifier_for
from sharing import signing
from sharing.signing import BadSignature

NOW = 1_795_420_800.0


class RequestTests(unittest.TestCase):
    algorithm = ED25519

    def setUp(self) -> None:
        key = generate_key(self.algorithm, "huicheng-test")
        self.signer = signer_for(key)
        self.verifiers = {"huicheng-test": verifier_for(key.public_half())}
        self.headers = signing.sign_request(self.signer, method="POST", target="/v1/records?a=1", body=b"{}", now=NOW)

    def verify(self, **changes: object) -> str:
        request: dict[str, object] = {
            "method": "POST", "target": "/v1/records?a=1", "headers": self.headers, "body": b"{}", "now": NOW
        }  # fmt: skip
        return signing.verify_request(self.verifiers, **(request | changes))  # type: ignore[arg-type]

    def refused(self, code: str, **changes: object) -> None:
        with self.assertRaises(BadSignature) as raised:
            self.verify(**changes)
        self.assertEqual(raised.exception.code, code)

    def test_a_genuine_request_gives_its_nonce(self) -> None:
        self.assertEqual(self.verify(), self.headers[signing.NONCE])

    def test_every_request_has_another_nonce(self) -> None:
        again = signing.sign_request(self.signer, method="POST", target="/", body=b"", now=NOW)
        self.assertNotEqual(again[signing.NONCE], self.headers[signing.NONCE])

    def test_each_header_is_needed(self) -> None:
        for name in signing.HEADERS:
            self.refused("7001", headers={k: v for k, v in self.headers.items() if k != name})

    def test_method_path_query_and_body_are_bound(self) -> None:
        self.refused("7006", method="GET")
        self.refused("7006", target="/v1/records?a=2")
        self.refused("7006", target="/v1/recall?a=1")
        self.refused("7005", body=b"{ }")

    def test_time_nonce_and_digest_are_bound(self) -> None:
        for name, value, code in (
            (signing.TIMESTAMP, str(int(NOW) + 1), "7006"),
            (signing.NONCE, "0" * 32, "7006"),
            (signing.NONCE, "0" * 8, "7004"),
            (signing.TIMESTAMP, "soon", "7003"),
            (signing.TIMESTAMP, "²", "7003"),
            (signing.KEY_ID, "stranger", "7002"),
            (signing.DIGEST, "SHA-256=00", "7005"),
            (signing.SIGNATURE, "00" * 64, "7006"),
        ):
            self.refused(code, headers=self.headers | {name: value})

    def test_the_registered_algorithm_holds_not_the_stated_one(self) -> None:
        other = "SM2-SM3" if self.algorithm == ED25519 else "Ed25519"
        self.refused("7002", headers=self.headers | {signing.ALGORITHM: other})

    def test_a_request_outside_the_window_is_refused(self) -> None:
        self.verify(now=NOW + signing.WINDOW_SECONDS)
        self.refused("7003", now=NOW + signing.WINDOW_SECONDS + 1)
        self.refused("7003", now=NOW - signing.WINDOW_SECONDS - 1)

    def test_the_request_of_another_key_is_refused(self) -> None:
        stranger = signer_for(generate_key(self.algorithm, "huicheng-test"))
        headers = signing.sign_request(stranger, method="POST", target="/v1/records?a=1", body=b"{}", now=NOW)
        self.refused("7006", headers=headers)


class Sm2RequestTests(RequestTests):
    algorithm = SM2
