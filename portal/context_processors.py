from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """What every page's head and foot need."""
    return {"site": settings.SITE, "demo": settings.DEMO, "elder": request.COOKIES.get("elder") == "1"}
