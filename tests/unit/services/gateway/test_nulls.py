from typing import Any

from fastapi import FastAPI

from services.gateway.nulls import restore_nulls, with_nulls


def test_nulls_of_examples_are_in_the_openapi_document() -> None:
    app = FastAPI()
    example: dict[str, Any] = {"level": None, "ways": [{"item": None}, None], "name": "Mew", "count": 0}
    content = {"application/json": {"example": with_nulls(example)}}

    @app.get("/", responses={200: {"content": content}})
    async def home() -> None: ...

    restore_nulls(app)
    shown = app.openapi()["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert shown == example
