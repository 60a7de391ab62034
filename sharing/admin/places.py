"""What waits because of a platform, counted for the first page; and the places of this room in the navigation."""

from datetime import date

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.desk import Place, Queue, Section
from sharing.admin.deliveries import reads_deliveries
from sharing.admin.platforms import sees_platforms
from sharing.models import Delivery

corrects = desk.roles(Role.CLERK, Role.REVIEWER, Role.CREDIT_OFFICE)


def _refused(actor: Actor, today: date) -> int:
    return int(Delivery.objects.visible_to(actor).refused().order_by()[: desk.CAP + 1].count())


def _chased(actor: Actor, today: date) -> int:
    return int(Delivery.objects.visible_to(actor).chased().order_by()[: desk.CAP + 1].count())


desk.add_queues(
    Queue(
        "平台退回",
        "上级平台未接受，请按退回原因申请更正",
        "deliveries",
        corrects,
        _refused,
        "tab=refused",
        urgent=True,
    ),
    Queue(
        "撤回受阻",
        "平台暂未接受撤回，系统在催办，超过一天的请联系平台",
        "deliveries",
        desk.roles(Role.CREDIT_OFFICE),
        _chased,
        "tab=chased",
        urgent=True,
    ),
)
desk.add_places(
    Place(Section.SHARING, "报送情况", "deliveries", reads_deliveries, order=10),
    Place(Section.SHARING, "上级平台", "platforms", sees_platforms, order=20),
)
