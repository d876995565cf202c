"""A client of the dashboard that needs no socket: requests go straight into the application."""

from pathlib import Path

import anyio
import httpx

from appliance.serve.app import make_app
from appliance.serve.desk import Desk
from appliance.serve.guard import allowed_hosts

HOST = "localhost:8600"


class Client:
    """GET and POST, each answered whole. `base_url` gives the Host that is asked for."""

    def __init__(self, folder: Path, base_url: str = f"http://{HOST}") -> None:
        self.desk = Desk(folder)
        self._app = make_app(self.desk, allowed_hosts("127.0.0.1", 8600, ("board.plant.example",)))
        self._base = base_url

    def ask(self, method: str, path: str, **given: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **given)  # type: ignore[arg-type]

        return anyio.run(asked)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, data: dict[str, str] | bytes, **headers: str) -> httpx.Response:
        if isinstance(data, bytes):
            return self.ask("POST", path, content=data, headers=headers)
        return self.ask("POST", path, data=data, headers=headers)
