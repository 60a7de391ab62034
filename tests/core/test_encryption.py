"""Personal data at rest: what the database holds, who can open it, and how keys are changed."""

import io
from base64 import b64decode, b64encode

import pytest
from django.apps import apps
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from core import bulk
from core.checks import keys_are_usable
from core.encryption import (
    EncryptedTextField,
    EncryptionError,
    blind_index,
    decrypt_for,
    encrypt_for,
    encrypted_fields,
    encryptor_for,
    parse_keys,
)
from core.key_rotation import _next_rows, _write, rotate, tokens_by_key
from tests.support.files import own_files
from tests.support.tables import table_of

OLD, NEW, SM4 = "old:" + "11" * 32, "new:" + "22" * 32, "sm4-a:" + "33" * 16
INDEX = "44" * 32
PLACE = "records.Holder.number"
NUMBER = "441302198901010010"

keys = override_settings(FIELD_ENCRYPTION_KEYS=OLD, BLIND_INDEX_KEY=INDEX)


class KeyringTests(SimpleTestCase):
    def test_the_first_key_writes_and_all_read(self):
        ring = parse_keys(f" {NEW} , {OLD},{SM4}")
        assert ring.newest == "new"
        assert list(ring.ciphers) == ["new", "old", "sm4-a"]

    def test_misconfigured_keys_are_named_and_never_shown(self):
        secret = "ab" * 31
        for raw, said in (
            ("", "empty"),
            (" , ", "empty"),
            (secret, "entry 1: write keyid:hex"),
            (f"a_b:{secret}ab", "entry 1: write keyid:hex"),
            (f"a:{secret}", "entry 1 (a): the key must be 64 hex digits, not 62"),
            (f"a:{secret}zz", "entry 1 (a): the key must be 64 hex digits"),
            (f"{OLD},sm4-b:{secret}ab", "entry 2 (sm4-b): the key must be 32 hex digits"),
            (f"{OLD},{OLD}", "the key id old stands there twice"),
        ):
            with self.subTest(raw=raw), pytest.raises(ImproperlyConfigured) as caught:
                parse_keys(raw)
            assert said in str(caught.value)
            assert secret not in str(caught.value)
            assert "11" * 32 not in str(caught.value)

    def test_the_system_check_tells_a_bad_key_before_anything_is_written(self):
        with override_settings(FIELD_ENCRYPTION_KEYS=OLD, BLIND_INDEX_KEY=INDEX):
            assert keys_are_usable() == []
        for bad in ({"FIELD_ENCRYPTION_KEYS": "x"}, {"BLIND_INDEX_KEY": "short"}, {"BLIND_INDEX_KEY": "11" * 32}):
            with override_settings(**{"FIELD_ENCRYPTION_KEYS": OLD, "BLIND_INDEX_KEY": INDEX} | bad):
                assert [e.id for e in keys_are_usable()] == ["core.E001"]


@keys
class TokenTests(SimpleTestCase):
    def test_a_token_names_version_and_key_and_not_the_text(self):
        token = encrypt_for(PLACE, NUMBER)
        assert token.startswith("v1:old:")
        assert NUMBER not in token
        assert NUMBER.encode() not in b64decode(token.split(":")[2])
        assert decrypt_for(PLACE, token) == NUMBER

    def test_equal_texts_have_different_tokens(self):
        encrypt = encryptor_for(PLACE)
        assert len({encrypt(NUMBER) for _ in range(100)}) == 100

    def test_none_and_the_empty_text_stay(self):
        for nothing in (None, ""):
            assert encrypt_for(PLACE, nothing) == nothing
            assert decrypt_for(PLACE, nothing) == nothing

    def test_a_token_opens_only_at_its_place(self):
        token = encrypt_for(PLACE, NUMBER)
        assert decrypt_for(PLACE.lower(), token) == NUMBER
        with pytest.raises(EncryptionError, match="belongs elsewhere") as caught:
            decrypt_for("records.holder.phone", token)
        assert NUMBER not in str(caught.value)

    def test_a_changed_token_is_refused(self):
        head, body = encrypt_for(PLACE, NUMBER).rsplit(":", 1)
        raw = bytearray(b64decode(body))
        for place in (0, 12, len(raw) - 1):
            changed = bytearray(raw)
            changed[place] ^= 1
            with self.subTest(place=place), pytest.raises(EncryptionError, match="changed"):
                decrypt_for(PLACE, f"{head}:{b64encode(changed).decode()}")

    def test_what_is_no_token_is_refused(self):
        for stored in (NUMBER, "v1", "v1:", "v2:old:AAAA", "v1:old:", "v1:old:%%%", "v1:old:AAAA", "v1:other:AAAA"):
            with self.subTest(stored=stored), pytest.raises(EncryptionError):
                decrypt_for(PLACE, stored)

    def test_an_unknown_key_is_named(self):
        token = encrypt_for(PLACE, NUMBER)
        with override_settings(FIELD_ENCRYPTION_KEYS=NEW), pytest.raises(EncryptionError, match="'old' is not in"):
            decrypt_for(PLACE, token)

    def test_old_tokens_open_beside_a_new_key(self):
        token = encrypt_for(PLACE, NUMBER)
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            assert decrypt_for(PLACE, token) == NUMBER
            assert encrypt_for(PLACE, NUMBER).startswith("v1:new:")

    def test_sm4_keys_work_the_same(self):
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{SM4},{OLD}"):
            token = encrypt_for(PLACE, NUMBER)
            assert token.startswith("v1:sm4-a:")
            assert decrypt_for(PLACE, token) == NUMBER
            with pytest.raises(EncryptionError):
                decrypt_for("records.holder.phone", token)
            with pytest.raises(EncryptionError):
                decrypt_for(PLACE, token[:-4] + ("AAA=" if token[-4:] != "AAA=" else "BBB="))


@pytest.mark.sqlite
@given(st.text(), st.sampled_from([OLD, SM4]))
def test_any_text_comes_back(text, key):
    with override_settings(FIELD_ENCRYPTION_KEYS=key):
        assert decrypt_for(PLACE, encrypt_for(PLACE, text)) == text


@keys
class BlindIndexTests(SimpleTestCase):
    def test_one_number_in_every_spelling_has_one_index(self):
        index = blind_index("44130219890101001X", "resident_id")
        assert len(index) == 64
        for written in (" 44130219890101001x ", "４４１３０２１９８９０１０１００１Ｘ", "441302 19890101 001X"):
            assert blind_index(written, "resident_id") == index

    def test_other_numbers_purposes_and_keys_have_other_indexes(self):
        index = blind_index(NUMBER, "resident_id")
        assert blind_index("441302198901010029", "resident_id") != index
        assert blind_index(NUMBER, "phone") != index
        with override_settings(BLIND_INDEX_KEY="55" * 32):
            assert blind_index(NUMBER, "resident_id") != index

    def test_a_blank_value_has_no_index(self):
        assert blind_index("  ", "resident_id") == ""


@keys
class FieldTests(TestCase):
    @classmethod
    def setUpClass(cls):
        class Vault(models.Model):  # noqa: DJ008 - never shown
            name = models.CharField(max_length=20)
            number = EncryptedTextField(null=True)

            class Meta:
                app_label = "core"

        cls.Vault = cls.enterClassContext(table_of(Vault))
        super().setUpClass()

    def stored(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM core_vault ORDER BY id")
            return [row[0] for row in cursor.fetchall()]

    def tokens_hold(self, *texts):
        stored = self.stored()
        assert [decrypt_for("core.vault.number", token) for token in stored] == list(texts)
        assert all(token.startswith("v1:") for token in stored if token)
        assert [row.number for row in self.Vault.objects.order_by("id")] == list(texts)

    def test_every_way_of_writing_stores_a_token(self):
        vault = self.Vault.objects.create(name="a", number=NUMBER)
        self.tokens_hold(NUMBER)
        vault.number = "second"
        vault.save()
        self.tokens_hold("second")
        self.Vault.objects.update(number="third")
        self.tokens_hold("third")
        vault.number = "fourth"
        self.Vault.objects.bulk_update([vault], ["number"])
        self.tokens_hold("fourth")
        self.Vault.objects.bulk_create([self.Vault(name="b", number="fifth"), self.Vault(name="c", number=None)])
        self.tokens_hold("fourth", "fifth", None)

    def test_the_bulk_path_stores_tokens_too(self):
        bulk.insert_rows(self.Vault, ["name", "number"], [("a", NUMBER), ("b", None), ("c", "反\\斜\t杠\n")])
        self.tokens_hold(NUMBER, None, "反\\斜\t杠\n")

    def test_values_are_read_in_the_clear_and_only_null_can_be_asked_for(self):
        self.Vault.objects.create(name="a", number=NUMBER)
        assert list(self.Vault.objects.values_list("number", flat=True)) == [NUMBER]
        assert self.Vault.objects.filter(number__isnull=False).count() == 1
        for lookup in ("number", "number__contains", "number__in", "number__startswith"):
            with self.subTest(lookup=lookup), pytest.raises(FieldError):
                self.Vault.objects.filter(**{lookup: NUMBER})

    def test_saving_a_loaded_row_keeps_its_text(self):
        self.Vault.objects.create(name="a", number=NUMBER)
        self.Vault.objects.get().save()
        self.tokens_hold(NUMBER)

    def test_a_renamed_field_keeps_its_place_through_bound_to(self):
        field = EncryptedTextField(bound_to="core.Vault.number")
        assert field.deconstruct()[3]["bound_to"] == "core.Vault.number"
        assert field.clone().place == "core.vault.number"
        assert self.Vault._meta.get_field("number").clone().bound_to == ""

    def test_an_index_on_ciphertext_is_a_configuration_error(self):
        for options in ({"unique": True}, {"db_index": True}):
            with isolate_apps("core"):

                class Wrong(models.Model):  # noqa: DJ008 - never shown
                    number = EncryptedTextField(**options)

                    class Meta:
                        app_label = "core"

            assert "core.E010" in [e.id for e in Wrong._meta.get_field("number").check()]

    # ------------------------------------------------------------ rotation

    def fill(self, count):
        self.Vault.objects.bulk_create([self.Vault(name=f"n{i}", number=f"text {i}") for i in range(count)])
        self.Vault.objects.create(name="none", number=None)
        self.Vault.objects.create(name="blank", number="")
        return [*(f"text {i}" for i in range(count)), None, ""]

    @property
    def field(self):
        return self.Vault._meta.get_field("number")

    def counts(self):
        return tokens_by_key(self.Vault, self.field)

    def test_rotation_rewrites_all_in_batches_and_again_nothing(self):
        texts = self.fill(25)
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            assert self.counts() == {"new": 0, "old": 25, "": 0}
            assert [b.changed for b in rotate(self.Vault, self.field, batch=10)] == [10, 10, 5]
            assert self.counts() == {"new": 25, "old": 0, "": 0}
            before = self.stored()
            assert list(rotate(self.Vault, self.field, batch=10)) == []
            assert self.stored() == before
        with override_settings(FIELD_ENCRYPTION_KEYS=NEW):
            self.tokens_hold(*texts)

    def test_a_rotation_that_was_broken_off_goes_on_where_it_stopped(self):
        texts = self.fill(25)
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{SM4},{OLD}"):
            next(rotate(self.Vault, self.field, batch=10))
            assert self.counts() == {"sm4-a": 10, "old": 15, "": 0}
            done = self.stored()[:10]
            assert sum(b.changed for b in rotate(self.Vault, self.field, batch=10)) == 15
            assert self.stored()[:10] == done
            self.tokens_hold(*texts)

    def test_a_row_that_was_rewritten_meanwhile_keeps_the_newer_text(self):
        self.fill(3)
        first = self.Vault.objects.earliest("id").pk
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            rows = _next_rows(self.Vault, self.field, 10, None, "default")
            self.Vault.objects.filter(pk=first).update(number="newer")
            encrypt = encryptor_for("core.vault.number")
            changes = [(encrypt(decrypt_for("core.vault.number", token)), pk, token) for pk, token in rows]
            assert _write(self.Vault, self.field, changes, "default") == 2
            assert self.Vault.objects.get(pk=first).number == "newer"
            assert self.counts() == {"new": 3, "old": 0, "": 0}

    def test_a_value_that_cannot_be_opened_is_named_by_its_row(self):
        self.fill(2)
        bad = self.Vault.objects.latest("id")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE core_vault SET number = 'v1:gone:AAAA' WHERE id = %s", [bad.pk])
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            assert self.counts()[""] == 1
            with pytest.raises(EncryptionError, match=f"core.Vault {bad.pk}: .*'gone'"):
                list(rotate(self.Vault, self.field))

    def test_the_command_finds_the_field_rotates_it_and_tells_the_counts(self):
        self.fill(5)
        assert (self.Vault, self.field) in encrypted_fields(apps.get_models())
        with own_files(), override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            with pytest.raises(CommandError, match="还有 5 个值"):
                call_command("rotate_keys", "--check", stdout=io.StringIO())
            out = io.StringIO()
            call_command("rotate_keys", "--batch", "2", stdout=out)
            assert "core.Vault.number：重新加密 5 个值" in out.getvalue()
            assert "旧密钥可以移除" in out.getvalue()
            call_command("rotate_keys", "--check", stdout=io.StringIO())
        with pytest.raises(CommandError, match="正整数"):
            call_command("rotate_keys", "--batch", "0")
