"""The roads of an order of reports and of a list that is looked up, as data."""

from core.lifecycle import Lifecycle, Transition, states
from creditfiles.choices import LookupStatus, OrderStatus

ORDER = Lifecycle(
    field="status",
    states=OrderStatus,
    initial=OrderStatus.WAITING,
    transitions=(
        Transition("start", states(OrderStatus.WAITING), OrderStatus.RUNNING, "开始出具"),
        Transition("finish", states(OrderStatus.RUNNING), OrderStatus.DONE, "出具完成"),
    ),
)

LOOKUP = Lifecycle(
    field="status",
    states=LookupStatus,
    initial=LookupStatus.WAITING,
    transitions=(
        Transition("start", states(LookupStatus.WAITING), LookupStatus.RUNNING, "开始核查"),
        Transition("finish", states(LookupStatus.RUNNING), LookupStatus.DONE, "完成核查"),
    ),
)
