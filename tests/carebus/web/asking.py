"""Asks an app in the same process, the way a client would ask its server."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Asker:
    """A client of one app; `strict` lets the app's own errors through to the test."""

    def __init__(self, app: FastAPI, *, strict: bool = True) -> None:
        self.transport = httpx.ASGITransport(app, raise_app_exceptions=strict)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, options))

    async def _ask(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://testserver") as client:
            return await client.request(method, path, **options)
