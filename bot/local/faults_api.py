"""The switchboard of the faults: see, add, take away, release."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.faults import Faults


def fault_routes(faults: Faults) -> list[Route]:
    async def show(_request: Request) -> Response:
        return JSONResponse({"faults": faults.shapes()})

    async def add(request: Request) -> Response:
        given: Any = await request.json()
        if not isinstance(given, dict):
            return JSONResponse({"detail": "send a JSON object"}, status_code=400)
        try:
            return JSONResponse(faults.add(given).shape(), status_code=201)
        except (ValueError, TypeError) as error:
            return JSONResponse({"detail": str(error)}, status_code=400)

    async def clear(request: Request) -> Response:
        return JSONResponse({"cleared": faults.clear(_id(request))})

    async def release(request: Request) -> Response:
        return JSONResponse({"released": faults.release(_id(request))})

    return [
        Route("/_/faults", show, methods=["GET"]),
        Route("/_/faults", add, methods=["PUT", "POST"]),
        Route("/_/faults", clear, methods=["DELETE"]),
        Route("/_/faults/release", release, methods=["POST"]),
    ]


def _id(request: Request) -> int | None:
    wanted = request.query_params.get("id", "")
    return int(wanted) if wanted.isdigit() else None
