"""How a typed line is taken apart, and the road of a list."""

import pytest

from core.errors import WrongState
from core.identifiers import make_uscc
from creditfiles.lifecycle import LOOKUP, ORDER
from creditfiles.lists import pasted
from creditfiles.models import Lookup, ReportOrder
from tests.factories.registry import SYSTEM, id_number

CODE = make_uscc("91441302MA0000001")
NUMBER = id_number(1)


@pytest.mark.parametrize(
    ("text", "name", "code", "unit"),
    [
        ("惠州市示例贸易有限公司", "惠州市示例贸易有限公司", "", ""),
        (f"惠州市示例贸易有限公司\t{CODE}", "惠州市示例贸易有限公司", CODE, ""),
        (f"{CODE} 惠州市示例贸易有限公司", "惠州市示例贸易有限公司", CODE, ""),
        (f"惠州市示例贸易有限公司{CODE}", "惠州市示例贸易有限公司", CODE, ""),
        (CODE.lower(), "", CODE, ""),
        (f"张三，{NUMBER}", "张三", NUMBER, ""),
        (f"张三{NUMBER}", "张三", NUMBER, ""),
        ("张三、惠城区示例局", "张三", "", "惠城区示例局"),
        (f"张三 {NUMBER} 惠城区示例局", "张三", NUMBER, "惠城区示例局"),
        ("ABC Trading (HK) Limited,", "ABC Trading (HK) Limited", "", ""),
        ("惠州市示例第12号商行", "惠州市示例第12号商行", "", ""),
    ],
)
def test_a_line_is_taken_apart(text: str, name: str, code: str, unit: str) -> None:
    [line] = pasted(text)
    assert (line.problem, line.name, line.code, line.unit) == ("", name, code, unit)


@pytest.mark.parametrize("text", [f"甲 {CODE} {NUMBER}", "甲,乙,丙", ",,,", "甲" * 201])
def test_what_cannot_be_taken_apart_says_so(text: str) -> None:
    [line] = pasted(text)
    assert line.problem and not line.code


def test_blank_lines_are_left_out_and_numbers_are_those_of_the_text() -> None:
    assert [line.number for line in pasted("甲\n\n  \n乙")] == [1, 4]


@pytest.mark.parametrize(("lifecycle", "model"), [(LOOKUP, Lookup), (ORDER, ReportOrder)])
def test_every_transition_from_every_state(lifecycle: object, model: type) -> None:
    for transition in lifecycle.transitions:  # type: ignore[attr-defined]
        for state in lifecycle.states.values:  # type: ignore[attr-defined]
            thing = model(status=state)
            if state in transition.sources:
                lifecycle.check(thing, transition.name, actor=SYSTEM)  # type: ignore[attr-defined]
                lifecycle.move(thing, transition.name)  # type: ignore[attr-defined]
                assert thing.status == transition.target
            else:
                with pytest.raises(WrongState):
                    lifecycle.check(thing, transition.name, actor=SYSTEM)  # type: ignore[attr-defined]
