"""The application: the table of doors, the typed routes, and how their errors are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, cast

import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

import seawall
from seawall.api import codes
from seawall.api.account_routes import ACCOUNT_ROUTES
from seawall.api.algo_routes import ALGO_ROUTES
from seawall.api.asset_routes import ASSET_ROUTES
from seawall.api.codes import fault
from seawall.api.entrance import AsgiApp, Door, Entrance, HotRoute
from seawall.api.envelope import Answer, ApiError, crash_answer, encode, fault_answer
from seawall.api.market_routes import MARKET_ROUTES
from seawall.api.mass_cancel_route import MASS_CANCEL_ROUTES
from seawall.api.openapi_document import openapi_document
from seawall.api.order_routes import ORDER_ROUTES
from seawall.api.position_routes import POSITION_ROUTES
from seawall.api.price_routes import PRICE_ROUTES
from seawall.api.public_routes import PUBLIC_ROUTES
from seawall.api.services import Services
from seawall.api.size_routes import SIZE_ROUTES
from seawall.api.trade import TradeRoutes
from seawall.gateway import VenueMaps

API_ROOT: Final = "/api/v5"
PRIVATE_PREFIXES: Final = (f"{API_ROOT}/account/", f"{API_ROOT}/trade/", f"{API_ROOT}/asset/")
# Codes for what Litestar itself refuses; anything else that it refuses is a wrong parameter.
LITESTAR_CODES: Final = {404: codes.NO_ENDPOINT, 405: codes.BAD_METHOD}

log = structlog.get_logger(__name__)


def create_app(services: Services) -> Entrance:
    """The ASGI application over these services; uvicorn serves it."""
    typed = typed_routes(services)
    hot = hot_routes(services)
    fixed = fixed_answers(services.venue, typed)
    # Litestar's own ASGI types are narrower than the dictionaries that a server sends.
    return Entrance(services, doors(typed, hot, fixed), cast(AsgiApp, typed))


def fixed_answers(venue: VenueMaps, typed: Litestar) -> dict[str, Callable[[], Answer]]:
    """Path -> what does not change while the process lives: the index, and the OpenAPI document,
    which is made when it is first asked for.
    """
    index = {
        "venue": venue.venue,
        "software": f"Seawall {seawall.__version__}",
        "api": API_ROOT,
        "openapi": "/openapi",
        "status": f"{API_ROOT}/system/status",
        "simulated": venue.is_simulated,
        "unsafe": venue.is_unsafe,
    }
    index_answer = Answer(status=200, body=encode(index))

    @cache
    def document_answer() -> Answer:
        return Answer(status=200, body=encode(openapi_document(typed.openapi_schema)))

    return {"/": lambda: index_answer, "/openapi": document_answer}


def hot_routes(services: Services) -> dict[str, HotRoute]:
    """Path -> handler of the routes that run on raw bytes; all are POST."""
    trade = TradeRoutes(services)
    return {
        f"{API_ROOT}/trade/order": trade.place_one,
        f"{API_ROOT}/trade/batch-orders": trade.place_many,
        f"{API_ROOT}/trade/cancel-order": trade.cancel_one,
        f"{API_ROOT}/trade/cancel-batch-orders": trade.cancel_many,
        f"{API_ROOT}/trade/amend-order": trade.amend_one,
        f"{API_ROOT}/trade/amend-batch-orders": trade.amend_many,
    }


def typed_routes(services: Services) -> Litestar:
    """Everything that Litestar serves, with its OpenAPI document."""
    handlers: list[ControllerRouterHandler] = [
        *PUBLIC_ROUTES,
        *MARKET_ROUTES,
        *PRICE_ROUTES,
        *ACCOUNT_ROUTES,
        *SIZE_ROUTES,
        *POSITION_ROUTES,
        *ORDER_ROUTES,
        *MASS_CANCEL_ROUTES,
        *ALGO_ROUTES,
        *ASSET_ROUTES,
    ]

    def refuse(_request: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
        return _response(fault_answer(error.fault, incident_id=services.health.incident_id()))

    def refuse_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        if error.status_code >= 500:
            return crash(_request, error)
        code = LITESTAR_CODES.get(error.status_code, codes.BAD_PARAMETER)
        return _response(fault_answer(fault(code)))

    def crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("request_failed", path=request.scope["path"], exc_info=error)
        return _response(crash_answer(services.health.incident_id()))

    return Litestar(
        route_handlers=handlers,
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers={
            ApiError: refuse,
            HTTPException: refuse_http,
            Exception: crash,
        },
        openapi_config=OpenAPIConfig(
            title="Seawall",
            version=seawall.__version__,
        ),
        logging_config=None,
        debug=False,
    )


def doors(
    typed: Litestar, hot: Mapping[str, HotRoute], fixed: Mapping[str, Callable[[], Answer]]
) -> dict[str, Door]:
    """Every path there is: the typed routes', the hot ones' and the fixed answers'."""
    methods: dict[str, set[str]] = {path: {"POST"} for path in hot}
    for route in typed.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith(API_ROOT):
            methods.setdefault(route.path, set()).update(set(route.methods) - {"OPTIONS"})
    found = {path: Door(methods=frozenset({"GET"}), fixed=fixed[path]) for path in fixed}
    for path, offered in methods.items():
        found[path] = Door(
            methods=frozenset(offered),
            is_private=path.startswith(PRIVATE_PREFIXES),
            hot=hot.get(path),
        )
    return found


def _response(answer: Answer) -> Response[bytes]:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(
        answer.body,
        status_code=answer.status,
        headers=headers,
        media_type="application/json",
    )
