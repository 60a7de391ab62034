"""Departments' systems sign in with a key: `Authorization: Bearer hc_…`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.actors import Actor
from records.models import ApiKey
from records.services.keys import actor_of_key, key_of


class KeyAuthentication(BaseAuthentication):
    """`request.user` is the Actor, `request.auth` the ApiKey."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = key_of(secret.strip())
        if key is None:
            raise AuthenticationFailed
        return actor_of_key(key, request_id=getattr(request, "request_id", "")), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="intake"'


class HasKey(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "records.api.authentication.KeyAuthentication"
    name = "intakeKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "接口密钥，由本单位部门管理员或信用办签发。"}
