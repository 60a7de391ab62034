"""Signature keys: the standard's vector, both algorithms, material that cannot be used."""

import unittest

from gmssl.sm2 import CryptSM2

from core import signing
from core.signing import ED25519, SM2, BadKey, SigningKey

# GB/T 32918.5-2017, annex A.2: recommended curve, user id 1234567812345678.
VECTOR_PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
VECTOR_PUBLIC = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
VECTOR_SIGNATURE = (
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


class Sm2Tests(unittest.TestCase):
    def setUp(self) -> None:
        self.key = SigningKey("vector", SM2, VECTOR_PUBLIC, VECTOR_PRIVATE)
        self.verifier = signing.verifier_for(self.key.public_half())

    def test_the_signature_of_the_standard_is_accepted(self) -> None:
        self.assertTrue(self.verifier.verify(b"message digest", VECTOR_SIGNATURE))

    def test_a_changed_message_or_signature_is_refused(self) -> None:
        self.assertFalse(self.verifier.verify(b"message digesT", VECTOR_SIGNATURE))
        changed = VECTOR_SIGNATURE[:-1] + "b"
        self.assertFalse(self.verifier.verify(b"message digest", changed))

    def test_a_signature_out_of_range_is_refused_without_arithmetic(self) -> None:
        for wrong in ("", "zz" * 64, "0" * 128, "f" * 128, VECTOR_SIGNATURE + "00", " " + VECTOR_SIGNATURE[1:]):
            self.assertFalse(self.verifier.verify(b"message digest", wrong), wrong)

    def test_our_signatures_satisfy_another_implementation(self) -> None:
        signer = signing.signer_for(self.key)
        other = CryptSM2(private_key="", public_key=VECTOR_PUBLIC)
        self.assertTrue(other.verify_with_sm3(signer.sign(b"hello"), b"hello"))

    def test_the_same_message_is_never_signed_with_the_same_number(self) -> None:
        signer = signing.signer_for(self.key)
        self.assertNotEqual(signer.sign(b"hello")[:64], signer.sign(b"hello")[:64])

    def test_a_public_key_that_starts_with_zero_and_four_survives(self) -> None:
        # gmssl strips such digits from the front of the key; 1 key in 16 starts with 0 or 4.
        private = next(
            f"{number:064x}"
            for number in range(1, 4000)
            if signing._sm2_curve()._kg(number, f"{signing._GX:064x}{signing._GY:064x}").startswith("04")
        )
        public = signing._sm2_curve()._kg(int(private, 16), f"{signing._GX:064x}{signing._GY:064x}")
        key = SigningKey("zero-four", SM2, public, private)
        signature = signing.signer_for(key).sign(b"x")
        self.assertTrue(signing.verifier_for(key).verify(b"x", signature))
        self.assertTrue(signing.verifier_for(SigningKey("k", SM2, "04" + public)).verify(b"x", signature))

    def test_a_public_key_off_the_curve_is_refused(self) -> None:
        for wrong in ("", "00" * 64, VECTOR_PUBLIC[:-1] + "4", VECTOR_PUBLIC[:-2], "g" * 128):
            with self.assertRaises(BadKey):
                signing.verifier_for(SigningKey("wrong", SM2, wrong))

    def test_a_private_key_out_of_range_is_refused(self) -> None:
        for wrong in ("0" * 64, "f" * 64, "1"):
            with self.assertRaises(BadKey):
                signing.signer_for(SigningKey("wrong", SM2, VECTOR_PUBLIC, wrong))


class KeyTests(unittest.TestCase):
    def test_a_key_goes_through_its_text_form(self) -> None:
        for algorithm in (SM2, ED25519):
            key = signing.generate_key(algorithm, "k1")
            again = SigningKey.from_json(key.to_json())
            self.assertEqual(again, key)
            self.assertNotIn("private", again.public_half().to_json())

    def test_a_private_key_does_not_print_itself(self) -> None:
        key = signing.generate_key(ED25519, "k1")
        self.assertNotIn(key.private, repr(key))

    def test_nonsense_is_refused_with_a_sentence(self) -> None:
        for text in ("", "[]", "{}", '{"key_id": "a", "algorithm": "rsa", "public": ""}', "null"):
            with self.assertRaises(BadKey):
                SigningKey.from_json(text)
        with self.assertRaises(BadKey):
            signing.signer_for(signing.generate_key(SM2, "k").public_half())
        with self.assertRaises(BadKey):
            signing.generate_key("rsa", "k")
