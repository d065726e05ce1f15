"""The OpenAPI document: Litestar's description of the typed routes, and that of the hot ones from
their own structs.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar.openapi.spec import OpenAPI

from seawall.api.envelope import OrderEnvelope
from seawall.api.wire_trade import (
    AmendRequest,
    AmendRow,
    CancelRequest,
    CancelRow,
    OrderRequest,
    PlaceRow,
)

REF: Final = "#/components/schemas/{name}"


class HotRouteDocument(msgspec.Struct, frozen=True):
    """What a hot route is for, the struct of one row, the struct of its answer, and whether it
    takes a list.
    """

    summary: str
    row: Any
    answer: Any
    is_list: bool


_PLACED: Final = OrderEnvelope[PlaceRow]
_CANCELLED: Final = OrderEnvelope[CancelRow]
_AMENDED: Final = OrderEnvelope[AmendRow]

HOT_ROUTES: Final = {
    "/api/v5/trade/order": HotRouteDocument("Place an order", OrderRequest, _PLACED, False),
    "/api/v5/trade/batch-orders": HotRouteDocument(
        "Place up to 20 orders", OrderRequest, _PLACED, True
    ),
    "/api/v5/trade/cancel-order": HotRouteDocument(
        "Cancel an order", CancelRequest, _CANCELLED, False
    ),
    "/api/v5/trade/cancel-batch-orders": HotRouteDocument(
        "Cancel up to 20 orders", CancelRequest, _CANCELLED, True
    ),
    "/api/v5/trade/amend-order": HotRouteDocument("Amend an order", AmendRequest, _AMENDED, False),
    "/api/v5/trade/amend-batch-orders": HotRouteDocument(
        "Amend up to 20 orders", AmendRequest, _AMENDED, True
    ),
}


def openapi_document(typed: OpenAPI) -> dict[str, Any]:
    """The whole document, as it is served."""
    document = typed.to_schema()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for path, hot in HOT_ROUTES.items():
        (row, answer), found = msgspec.json.schema_components(
            [hot.row, hot.answer], ref_template=REF
        )
        schemas.update(found)
        body = (
            {"type": "array", "items": row, "minItems": 1, "maxItems": 20} if hot.is_list else row
        )
        document["paths"].setdefault(path, {})["post"] = {
            "summary": hot.summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                "200": {
                    "description": "Each row with its own sCode",
                    "content": {"application/json": {"schema": answer}},
                }
            },
        }
    return document
