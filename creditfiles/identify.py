"""Who the lines of a list speak of: each gets its subject and how it was found, or what would settle it.

Bodies are found by code (checked), by older codes, or by a name, present or former, that only one of them bears.
People are never found by a name alone: by their identity number (blind index), an official also by name and agency when
on that day one person of that name held a post there. What was merged is answered as what it turned out to be. People
whom the asker may not know of do not exist here either; where the purpose's rule reaches further (`Reach.BY_NUMBER`)
they are found by their full number with the name that belongs to it, and by nothing less. A fixed number of statements,
however long the list.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from core.actors import Actor
from core.identifiers import Finding, check_resident_id, check_uscc
from core.text import fold_text
from creditfiles.choices import LookupAbout, MatchedBy, Reach, Verdict
from creditfiles.entitlement import ABOUT
from records.choices import IdentifierScheme, SubjectKind
from records.matching import Known, Match, Party, SubjectBook, identity_index
from records.matching import Verdict as Matching
from records.models import Subject, SubjectName, Tenure
from records.querysets import DISTRICT_WIDE
from records.rosters import official_index

USCC = 18
OLDER = tuple(scheme for scheme in IdentifierScheme.values if scheme != IdentifierScheme.USCC)
# Mostly digits and nearly as long as a citizen's number: it is meant as one.
_RESIDENT = re.compile(r"[0-9]{14,20}[0-9A-Z]?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was typed (`LookupLine`, without what is not needed here)."""

    pk: int
    number: int
    typed_name: str
    typed_code: str
    typed_unit: str
    id_number: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A subject with `matched_by`, or a `verdict` with what is wrong or would settle it."""

    subject_id: int | None = None
    matched_by: str = ""
    verdict: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about which class of subjects, as they were on which day, and which people may be found."""

    about: str
    day: date
    actor: Actor
    reach: Reach


def identify(lines: Sequence[Line], question: Question) -> list[Answer]:
    """One answer per line, in their order."""
    if question.about == LookupAbout.BODIES:
        return _bodies(lines, question)
    return _people(lines, question)


def _unsettled(advice: str) -> Answer:
    return Answer(verdict=Verdict.AMBIGUOUS, advice=advice)


def _unknown(advice: str) -> Answer:
    return Answer(verdict=Verdict.UNKNOWN, advice=advice)


def _malformed(findings: Iterable[Finding]) -> Answer | None:
    wrong = next((f for f in findings if f.level == "error"), None)
    return Answer(verdict=Verdict.MALFORMED, advice=wrong.message) if wrong else None


# ---------------------------------------------------------------- bodies


def _bodies(lines: Sequence[Line], question: Question) -> list[Answer]:
    parties = [_party(line) for line in lines]
    book = SubjectBook(p for p in parties if isinstance(p, Party) and p.keys)
    names = _Names((fold_text(line.typed_name) for line in lines if line.typed_name), ABOUT[LookupAbout.BODIES])
    matches = [book.match(p) if isinstance(p, Party) and p.keys else None for p in parties]
    registered = book.known()
    answers = []
    for line, party, match in zip(lines, parties, matches, strict=True):
        if isinstance(party, Answer):
            answers.append(party)
        elif match is None:
            answers.append(_by_name(line, names))
        else:
            answers.append(_by_code(line, party, match, names, registered))
    return answers


def _party(line: Line) -> Party | Answer:
    code, folded = line.typed_code, fold_text(line.typed_name)
    if len(code) == USCC:
        return _malformed(check_uscc(code)) or Party("", line.typed_name, folded, code)
    spellings = {code, code.replace("-", "")} if code else set()
    return Party("", line.typed_name, folded, "", tuple((s, c) for s in OLDER for c in sorted(spellings)))


def _by_code(line: Line, party: Party, match: Match, names: "_Names", registered: dict[int, Known]) -> Answer:
    if match.verdict == Matching.CONFLICT:
        return _unsettled("所填代码对应不止一个主体，请补充统一社会信用代码。")
    if match.subject_id is None:
        if same := names.bearers(line.typed_name):
            return _unsettled(f"主体库中没有此代码；名称相同的有{len(same)}个，登记的代码不同。请对照证照核对代码。")
        return _unknown("主体库中没有此代码的主体。请对照证照核对；确未登记的，即没有信用记录可查。")
    known = registered[match.subject_id]
    if match.verdict == Matching.OTHER_NAME and line.typed_name:
        return _unsettled(f"此代码登记的名称是“{known.name}”，与所填不一致。请核对名称和代码。")
    return Answer(match.subject_id, MatchedBy.CODE if party.code and party.code == known.code else MatchedBy.OLDER_CODE)


def _by_name(line: Line, names: "_Names") -> Answer:
    bearers = names.bearers(line.typed_name)
    if not bearers:
        return _unknown("主体库中没有此全称的主体。请核对全称，或补充统一社会信用代码。")
    if len(bearers) > 1:
        return _unsettled(f"同名{len(bearers)}个，请补充统一社会信用代码。")
    [subject] = bearers
    now = names.is_current(subject, line.typed_name)
    return Answer(subject, MatchedBy.NAME if now else MatchedBy.FORMER_NAME)


class _Names:
    """Subjects of some kinds by whole names, present and former ones, each as what it turned out to be."""

    def __init__(self, folded: Iterable[str], kinds: Iterable[str]) -> None:
        wanted = set(folded)
        self._bearers: dict[str, set[int]] = defaultdict(set)
        self._current: set[tuple[int, str]] = set()
        if not wanted:
            return
        rows = SubjectName.objects.filter(name_folded__in=wanted, subject__kind__in=sorted(kinds))
        fields = ("name_folded", "subject", "subject__merged_into", "subject__name_folded")
        for name, pk, into, current in rows.values_list(*fields):
            self._bearers[name].add(into or pk)
            if into is None and name == current:
                self._current.add((pk, name))

    def bearers(self, name: str) -> set[int]:
        return self._bearers.get(fold_text(name), set()) if name else set()

    def is_current(self, subject_id: int, name: str) -> bool:
        return (subject_id, fold_text(name)) in self._current


# ---------------------------------------------------------------- people


def _people(lines: Sequence[Line], question: Question) -> list[Answer]:
    kind = SubjectKind.OFFICIAL if question.about == LookupAbout.OFFICIALS else SubjectKind.NATURAL_PERSON
    index: Callable[[str], str] = official_index if kind == SubjectKind.OFFICIAL else identity_index
    indexes = [index(line.id_number) if line.id_number else "" for line in lines]
    posts = _Posts(lines, question) if kind == SubjectKind.OFFICIAL else None
    people = _Known(kind, indexes, [fold_text(line.typed_name) for line in lines], question)
    return [_person(line, i, people, posts, question) for line, i in zip(lines, indexes, strict=True)]


def _person(line: Line, index: str, people: "_Known", posts: "_Posts | None", question: Question) -> Answer:
    if index:
        return _by_number(line, index, people, question)
    folded = fold_text(line.typed_name)
    named = people.named(folded)
    if posts is not None and line.typed_unit:
        return _by_post(line, folded, named, posts, question.day)
    settle = "请补充身份证号码或单位。" if posts is not None else "请补充身份证号码。"
    if named:
        return _unsettled(f"同名{len(named)}人，姓名不能确定是谁，{settle}")
    return _unknown(f"没有找到此姓名的人员，或不在本单位可以查询的范围内。{settle}")


# Of a number that is on record nowhere, and of one whose bearer the asker may not know of: the same words.
_NOT_THERE = {
    Reach.OWN: "没有找到此证件号码的人员，或不在本单位可以查询的范围内；其他单位的人员请由信用办查询。",
    Reach.BY_NUMBER: "没有找到此证件号码的人员，或不在本单位可以查询的范围内；其他单位的人员须姓名和完整证件号码都相符"
    "才能查到，请对照证件核对。",
}


def _by_number(line: Line, index: str, people: "_Known", question: Question) -> Answer:
    today = question.day
    if _RESIDENT.fullmatch(line.id_number) and (wrong := _malformed(check_resident_id(line.id_number, today=today))):
        return wrong
    person = people.numbered(index)
    if person is None:
        person = people.elsewhere(index, fold_text(line.typed_name))
    if person is None:
        return _unknown(_NOT_THERE[question.reach])
    if line.typed_name and fold_text(line.typed_name) not in people.names_of(person):
        return _unsettled("此证件号码登记的姓名与所填不一致。请对照证件核对姓名和号码。")
    return Answer(person, MatchedBy.ID_NUMBER)


def _by_post(line: Line, folded: str, named: set[int], posts: "_Posts", day: date) -> Answer:
    agencies = posts.agencies(line.typed_unit)
    if len(agencies) != 1:
        which = f"名称相同的单位有{len(agencies)}个" if agencies else "主体库中没有此单位"
        return _unsettled(f"{which}，请填写单位的统一社会信用代码，或补充身份证号码。")
    holders = posts.holders(folded, *agencies) & named
    when = f"{day.year}年{day.month}月{day.day}日"
    if len(holders) > 1:
        return _unsettled(f"该单位{when}在任的同名{len(holders)}人，请补充身份证号码。")
    if holders:
        return Answer(holders.pop(), MatchedBy.TENURE)
    if named:
        return _unsettled(
            f"该单位{when}没有此姓名的在任人员；同名{len(named)}人在其他单位或已离任。请核对单位，或补充身份证号码。"
        )
    return _unknown("没有找到此姓名的人员，或不在本单位可以查询的范围内。请核对姓名和单位，或补充身份证号码。")


class _Known:
    """People of one kind by identity number and by name, as far as the asker may know of them.

    Whom the asker may not know of is kept apart, if at all: found by number and name together, and in no count of
    those who bear a name.
    """

    def __init__(self, kind: str, indexes: Iterable[str], names: Iterable[str], question: Question) -> None:
        mine = Subject.objects.filter(kind=kind)
        fields = ("pk", "merged_into", "name_folded", "id_number_index")
        wanted, called = {i for i in indexes if i}, {n for n in names if n}
        by_number = mine.filter(id_number_index__in=wanted).values_list(*fields) if wanted else ()
        by_name = mine.filter(name_folded__in=called).values_list(*fields) if called else ()
        rows = [(into or pk, name, index) for pk, into, name, index in chain(by_number, by_name)]
        may_know = _visible({root for root, _, _ in rows}, question.actor)
        self._numbered: dict[str, int] = {}
        self._elsewhere: dict[str, int] = {}
        self._named: dict[str, set[int]] = defaultdict(set)
        self._names: dict[int, set[str]] = defaultdict(set)
        for root, name, index in rows:
            if root in may_know:
                self._named[name].add(root)
                self._names[root].add(name)
                if index:
                    self._numbered[index] = root
            elif question.reach == Reach.BY_NUMBER and index in wanted:
                self._elsewhere[index] = root
                self._names[root].add(name)
        self._former()

    def _former(self) -> None:
        """Former names, of those who were found by number."""
        found = {*self._numbered.values(), *self._elsewhere.values()}
        rows = SubjectName.objects.filter(subject__in=found).values_list("subject", "name_folded") if found else ()
        for pk, name in rows:
            self._names[pk].add(name)

    def numbered(self, index: str) -> int | None:
        return self._numbered.get(index)

    def elsewhere(self, index: str, folded: str) -> int | None:
        """Number alone would tell who bears it: whoever has a candidate's papers has the name, too."""
        person = self._elsewhere.get(index)
        return person if person is not None and folded in self._names[person] else None

    def named(self, folded: str) -> set[int]:
        return self._named.get(folded, set())

    def names_of(self, pk: int) -> set[str]:
        return self._names[pk]


def _visible(pks: set[int], actor: Actor) -> set[int]:
    if actor.has(*DISTRICT_WIDE) or not pks:
        return pks
    return set(Subject.objects.visible_to(actor).filter(pk__in=pks).values_list("pk", flat=True))


class _Posts:
    """Who held a post on the day in the agencies that the lines name."""

    def __init__(self, lines: Sequence[Line], question: Question) -> None:
        mine = [line for line in lines if line.typed_unit and line.typed_name and not line.id_number]
        units = {line.typed_unit for line in mine}
        self._names = _Names(map(fold_text, units), {SubjectKind.AGENCY})
        self._codes: dict[str, int] = {}
        coded = Subject.objects.agencies().filter(code__in={unit.upper() for unit in units})
        for code, pk, into in coded.values_list("code", "pk", "merged_into") if units else ():
            self._codes[code] = into or pk
        self._holders: dict[tuple[str, int], set[int]] = defaultdict(set)
        held = Tenure.objects.on(question.day).filter(official__name_folded__in={fold_text(x.typed_name) for x in mine})
        fields = ("official", "official__merged_into", "official__name_folded", "agency", "agency__merged_into")
        for official, into, name, agency, merged in held.values_list(*fields) if mine else ():
            self._holders[name, merged or agency].add(into or official)

    def agencies(self, unit: str) -> set[int]:
        code = self._codes.get(unit.upper())
        return {code} if code else self._names.bearers(unit)

    def holders(self, folded: str, agency: int) -> set[int]:
        return self._holders.get((folded, agency), set())
