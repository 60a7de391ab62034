"""Who a document speaks of: parties matched to subjects by code, never by name alone.

Order: unified code, then the other codes, then (people) the blind index of the identity number. A known subject under
another current name is a question, never an overwrite (rule 1001 of the national platform). What was merged is found
by its own codes and names, and leads to the subject that it turned out to be. A subject known only by an older code
gets its unified code from the first document that states both, or whose unified code holds the known organisation code
(characters 9 to 17, GB 32100-2015), under the subject's current name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.encryption import blind_index
from records.choices import PERSONAL_KINDS, IdentifierScheme
from records.models import Subject, SubjectIdentifier, SubjectName

NOT_MATCHED = "1001"


def identity_index(number: str) -> str:
    """How the identity number of a person is found again."""
    return blind_index(number, "resident_id")


@dataclass(frozen=True, slots=True)
class Party:
    """A subject as a document names it. `identifiers`: (scheme, value) of the codes other than the unified one."""

    kind: str
    name: str
    folded: str
    code: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    id_type: str = ""
    id_number: str = ""
    id_index: str = ""
    representative: str = ""

    @property
    def keys(self) -> list[str]:
        """What identifies it, strongest first."""
        keys = [f"{IdentifierScheme.USCC}:{self.code}"] if self.code else []
        keys += [f"{scheme}:{value}" for scheme, value in self.identifiers]
        return [*keys, f"id:{self.id_index}"] if self.id_index else keys

    @property
    def inner(self) -> tuple[str, str] | None:
        """The organisation code that the unified code holds, as an identifier."""
        return (IdentifierScheme.ORGANISATION_CODE.value, self.code[8:17]) if self.code else None


class Verdict(StrEnum):
    SAME = "same"
    FORMER_NAME = "former_name"
    OTHER_NAME = "other_name"
    UNKNOWN = "unknown"
    GAINS_CODE = "gains_code"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Match:
    """What the library knows about a party. `field` is the party's column that a message belongs to."""

    verdict: Verdict
    subject_id: int | None = None
    field: str = ""
    message: str = ""

    @property
    def refused(self) -> bool:
        return self.verdict in (Verdict.OTHER_NAME, Verdict.CONFLICT)


@dataclass(frozen=True, slots=True)
class Known:
    """A subject as matching sees it."""

    pk: int
    kind: str
    name: str
    folded: str
    code: str
    # Codes of subjects that were merged into it: a document that gives one of them means this subject.
    codes: frozenset[str] = frozenset()


UNKNOWN = Match(Verdict.UNKNOWN)


class SubjectBook:
    """The subjects that some parties may be, read with a fixed number of queries."""

    def __init__(self, parties: Iterable[Party]) -> None:
        parties = list(parties)
        self._found: dict[str, Known] = {}
        self._former: dict[int, set[str]] = {}
        # Subjects that get the unified code of these parties (services.subjects.give_codes).
        self.gaining: dict[int, Party] = {}
        self._read_codes({p.code for p in parties if p.code})
        # What a unified code holds is asked only where the code itself is not known.
        inner = {p.inner for p in parties if p.inner and f"{IdentifierScheme.USCC}:{p.code}" not in self._found}
        self._read_identifiers({i for p in parties for i in p.identifiers} | inner)
        self._read_people({p.id_index for p in parties if p.id_index})
        self._follow_merges()
        self._read_former(parties)
        self._find_gaining(parties)

    def match(self, party: Party) -> Match:
        found = self._hits(party)
        if not found:
            return UNKNOWN
        key, known = found[0]
        if conflict := _conflict(party, found):
            return conflict
        if known.folded == party.folded:
            if party.code and (not known.code or known.pk in self.gaining):
                return Match(Verdict.GAINS_CODE, known.pk, "uscc", _gains_code(party, known))
            return Match(Verdict.SAME, known.pk)
        if party.folded in self._former.get(known.pk, ()):
            return Match(Verdict.FORMER_NAME, known.pk, "party_name", _former_name(party, known))
        return Match(Verdict.OTHER_NAME, known.pk, "party_name", _other_name(party, known, key))

    def known(self) -> dict[int, Known]:
        """The subjects that these parties may be, by key."""
        return {known.pk: known for known in self._found.values()}

    def add(self, party: Party, pk: int) -> None:
        """A subject that was created for this party; later rows find it."""
        known = Known(pk, party.kind, party.name, party.folded, party.code)
        for key in party.keys:
            self._found.setdefault(key, known)

    def _hits(self, party: Party) -> list[tuple[str, Known]]:
        """Each key of the party that is known, strongest first; what its unified code holds only when that is new."""
        found = [(key, known) for key in party.keys if (known := self._found.get(key))]
        if party.inner and not (found and found[0][1].code == party.code):
            key = ":".join(party.inner)
            if (known := self._found.get(key)) and not known.code and key not in party.keys:
                found.append((key, known))
        return found

    def _find_gaining(self, parties: Iterable[Party]) -> None:
        """Before any of them is matched, so that the order of rows does not decide which of them know the code."""
        by_subject: dict[int, list[str]] = {}

        def keys_of(pk: int) -> list[str]:
            if not by_subject:
                for key, known in self._found.items():
                    by_subject.setdefault(known.pk, []).append(key)
            return by_subject[pk]

        for party in parties:
            if not party.code or f"{IdentifierScheme.USCC}:{party.code}" in self._found:
                continue
            match = self.match(party)
            if match.verdict == Verdict.GAINS_CODE and match.subject_id is not None:
                self.gaining[match.subject_id] = party
                known = Known(match.subject_id, party.kind, party.name, party.folded, party.code)
                for key in keys_of(known.pk):
                    self._found[key] = known
                self._found[f"{IdentifierScheme.USCC}:{party.code}"] = known

    # --- reading

    def _read_codes(self, codes: set[str]) -> None:
        rows = Subject.objects.filter(code__in=codes).values_list("pk", "kind", "name", "name_folded", "code")
        for row in rows if codes else ():
            self._found[f"{IdentifierScheme.USCC}:{row[4]}"] = Known(*row)

    def _read_identifiers(self, identifiers: set[tuple[str, str]]) -> None:
        if not identifiers:
            return
        schemes, values = ({i[n] for i in identifiers} for n in (0, 1))
        # Both, for the index: it begins with the scheme.
        rows = SubjectIdentifier.objects.filter(scheme__in=schemes, value__in=values).values_list(
            "scheme", "value", "subject_id", "subject__kind", "subject__name", "subject__name_folded", "subject__code"
        )
        for scheme, value, pk, kind, name, folded, code in rows:
            if (scheme, value) in identifiers:
                self._found[f"{scheme}:{value}"] = Known(pk, kind, name, folded, code or "")

    def _read_people(self, indexes: set[str]) -> None:
        rows = Subject.objects.filter(id_number_index__in=indexes).values_list(
            "pk", "kind", "name", "name_folded", "code", "id_number_index"
        )
        for *row, index in rows if indexes else ():
            pk, kind, name, folded, code = row
            self._found[f"id:{index}"] = Known(pk, kind, name, folded, code or "")

    def _follow_merges(self) -> None:
        """What was merged is known as its survivor, by every code of the family; one query, a second if any was."""
        keys = {known.pk for known in self._found.values()}
        merged = Subject.objects.filter(pk__in=keys, merged_into__isnull=False) if keys else Subject.objects.none()
        into = dict(merged.values_list("pk", "merged_into"))
        if not into:
            return
        codes: dict[int, set[str]] = {}
        for known in self._found.values():
            if known.pk in into and known.code:
                codes.setdefault(into[known.pk], set()).add(known.code)
        rows = Subject.objects.filter(pk__in=set(into.values())).values_list(
            "pk", "kind", "name", "name_folded", "code"
        )
        survivors = {
            pk: Known(pk, kind, name, folded, code or "", frozenset(codes.get(pk, ())))
            for pk, kind, name, folded, code in rows
        }
        for key, known in self._found.items():
            root = into.get(known.pk, known.pk)
            self._found[key] = survivors.get(root, known)

    def _read_former(self, parties: Iterable[Party]) -> None:
        """Former names, and names of what was merged, only of those whose name differs."""
        differing = {
            known.pk
            for p in parties
            for key in p.keys
            if p.folded and (known := self._found.get(key)) and known.folded != p.folded
        }
        if not differing:
            return
        family = dict(Subject.objects.family(*differing).values_list("pk", "merged_into"))
        rows = SubjectName.objects.filter(subject__in=family).values_list("subject_id", "name_folded")
        for pk, folded in rows:
            self._former.setdefault(family[pk] or pk, set()).add(folded)


# ---------------------------------------------------------------- what is said about it


def _conflict(party: Party, found: list[tuple[str, Known]]) -> Match | None:
    """Two codes of one party that belong to two subjects, or a code that the subject is known not to have."""
    key, known = found[0]
    for other_key, other in found[1:]:
        if other.pk != known.pk:
            (scheme, value), (other_scheme, other_value) = key.split(":", 1), other_key.split(":", 1)
            return Match(
                Verdict.CONFLICT,
                known.pk,
                other_scheme if (other_scheme, other_value) in party.identifiers else "uscc",
                f"{NOT_MATCHED} 主体信息不匹配：{IdentifierScheme(scheme).label}{value}在主体库中属于“{known.name}”，"
                f"{IdentifierScheme(other_scheme).label}{other_value}属于“{other.name}”，是两个不同主体。"
                "请对照证照核对各栏代码，只保留属于该相对人的；如两者确为同一主体，请联系信用办核实。",
            )
    if party.code and known.code and known.code != party.code and party.code not in known.codes:
        return Match(
            Verdict.CONFLICT,
            known.pk,
            "uscc",
            f"{NOT_MATCHED} 主体信息不匹配：所填的其他代码属于“{known.name}”（统一社会信用代码{known.code}），"
            "与所填统一社会信用代码不一致，请对照证照核对。",
        )
    return None


def _gains_code(party: Party, known: Known) -> str:
    return f"“{known.name}”在主体库中只登记有其他代码，入库时将为其补登统一社会信用代码{party.code}，请核对。"


def _former_name(party: Party, known: Known) -> str:
    if known.kind in PERSONAL_KINDS:
        return "所填姓名是该证件号码持有人的曾用名。记录将归入现名，请核对。"
    return f"“{party.name}”是曾用名，该主体现名“{known.name}”。记录将归入现名，公示内容仍按填报。"


def _other_name(party: Party, known: Known, key: str) -> str:
    start = f"{NOT_MATCHED} 未查询到主体或查询到的主体信息不匹配："
    if known.kind in PERSONAL_KINDS:
        return f"{start}该证件号码在主体库中登记的姓名与所填姓名不一致。请对照证件核对；确已更名的，请联系信用办办理。"
    return (
        f"{start}代码{key.split(':', 1)[1]}在主体库中登记的名称是“{known.name}”，与所填“{party.name}”不一致。"
        "请核对名称和代码后改正；如该主体已更名，请联系信用办在主体库中办理更名后再提交。"
    )
