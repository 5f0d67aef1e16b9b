"""Which part answers a request: the admin pages, a deployed API, or the AWS APIs."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from types import ModuleType
from typing import Any

from stratolite.core.service import Service
from stratolite.http.message import Handler, Request, Response
from stratolite.http.upgrade import Upgrade
from stratolite.server.apis import Apis
from stratolite.server.cross_origin import shared
from stratolite.server.hints import Hints
from stratolite.server.pages import Pages
from stratolite.server.pipeline import Pipeline
from stratolite.server.registry import Registry

ADMIN_PREFIX = "/_stratolite/"
SIGNED_FOR_S3 = "/s3/aws4_request"
Answer = Callable[[Any, Request], Awaitable[Response]]


class Front:
    """``main`` answers on the port of the AWS APIs, ``app`` on the port of the deployed APIs."""

    def __init__(self, registry: Registry, aws: Pipeline, admin: Handler, pages: Pages, hints: Hints) -> None:
        self._registry = registry
        self._hints = hints
        self._aws = aws
        self._admin = admin
        self._pages = pages

    @cached_property
    def _surfaces(self) -> list[tuple[Service, ModuleType]]:
        return self._registry.surfaces()

    @cached_property
    def _on_app_port(self) -> list[tuple[Service, ModuleType]]:
        """Those that claim a part of the port of the deployed APIs."""
        return [(service, surface) for service, surface in self._surfaces if hasattr(surface, "claims_app")]

    @cached_property
    def _apis(self) -> Apis:
        with_apis = [each for each in self._surfaces if hasattr(each[1], "locate")]
        return Apis(self._registry, with_apis, self._aws, self._hints)

    async def main(self, request: Request) -> Response:
        """Admin first, then what a surface claims, then the AWS APIs."""
        if "x-amz-target" in request.headers:
            # No browser and no application sends that: surfaces, and the services behind them, need no loading yet.
            return await self._aws(request)
        if request.path.startswith(ADMIN_PREFIX):
            return await self._pages.guarded(request, self._admin)
        if SIGNED_FOR_S3 in request.headers.get("authorization"):
            # Its paths are whatever its users call their objects.
            return await self._aws(request)
        for service, surface in self._surfaces:
            if surface.claims(request):
                if hasattr(surface, "locate"):
                    return await self._apis.answer(request)
                # Paths of the AWS APIs look like keys in buckets.
                asked = self._aws.preflight(request) if service.name == "s3" else None
                return asked or await self._surface(service, surface.answer, request)
        return self._aws.preflight(request) or await self._aws(request)

    def app(self, request: Request) -> Awaitable[Response]:
        """Deployed APIs and function URLs alone."""
        answering = self._apis.remembered(request)
        if answering is None:
            for service, surface in self._on_app_port:
                if surface.claims_app(request):
                    return self._surface(service, surface.answer, request)
            answering = self._apis.answer(request)
        cors = self._registry.world.serving.cors
        return answering if cors is None else shared(cors, request, answering)

    async def upgrade(self, request: Request) -> Upgrade | Response | None:
        """Requests to go on in another protocol, on either port: only deployed APIs speak one."""
        return await self._apis.upgrade(request)

    def _surface(self, service: Service, answer: Answer, request: Request) -> Awaitable[Response]:
        return answer(self._registry.get(service.name).state, request)
