"""The road of an order of reports, as data."""

from core.lifecycle import Lifecycle, Transition, states
from creditfiles.choices import OrderStatus

ORDER = Lifecycle(
    field="status",
    states=OrderStatus,
    initial=OrderStatus.WAITING,
    transitions=(
        Transition("start", states(OrderStatus.WAITING), OrderStatus.RUNNING, "开始出具"),
        Transition("finish", states(OrderStatus.RUNNING), OrderStatus.DONE, "出具完成"),
    ),
)
