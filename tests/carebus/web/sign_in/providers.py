"""The two providers that the sign-in tests are tried on, ours and a real Keycloak, by what tests need of either."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from deploy.local.acting import Acting
from deploy.local.keycloak.realm import ASKED, PASSWORD, REALM, SESSION_LONGEST_S, called
from deploy.local.keycloak.server import ADMIN, Keycloak
from deploy.local.provider.app import Provider
from deploy.local.provider.people import Person

FORM = re.compile(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]*)"')


class AtProvider(Protocol):
    """A provider that the services of a test sign people in at."""

    acting: Acting
    """Gets tokens there, and knows what account somebody has."""

    @property
    def issuer(self) -> str:
        """Its name."""

    def settings(self, client_id: str) -> Mapping[str, str]:
        """What the service that is this client is told of it."""

    async def choose(self, browser: httpx.AsyncClient, address: str, person: Person) -> str:
        """Be this person at the page that a service has led to; gives the address back to that service."""

    async def change(self, person: Person) -> None:
        """From now on this person is as told here."""

    async def forget(self, person: Person) -> None:
        """This person may sign in no more."""

    async def tell_how(self) -> None:
        """Tokens say by what people have signed in (`amr`): by `pwd`, at least."""

    async def stop(self) -> None:
        """Be away."""


@dataclass
class Local:
    """The local provider, served at its address; `stop_serving` ends that."""

    provider: Provider
    acting: Acting
    stop_serving: Callable[[], Awaitable[None]]

    @property
    def issuer(self) -> str:
        return self.acting.issuer

    def settings(self, client_id: str) -> Mapping[str, str]:
        return {}

    async def choose(self, browser: httpx.AsyncClient, address: str, person: Person) -> str:
        answer = await browser.get(f"{address}&account={person.subject}")
        return answer.headers["location"]

    async def change(self, person: Person) -> None:
        self.provider.people = {**self.provider.people, person.subject: person}

    async def forget(self, person: Person) -> None:
        self.provider.people = {name: each for name, each in self.provider.people.items() if name != person.subject}

    async def tell_how(self) -> None:
        """They do."""

    async def stop(self) -> None:
        await self.stop_serving()


@dataclass
class AtKeycloak:
    """A Keycloak that tests use one after another: what one changes there, `mended` puts right."""

    server: Keycloak
    acting: Acting
    secrets: Mapping[str, str]
    _changed: dict[str, Person] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.server.issuer

    def settings(self, client_id: str) -> Mapping[str, str]:
        secret = self.secrets.get(client_id)
        return {"oidc_scope": ASKED} | ({"oidc_client_secret": secret} if secret else {})

    async def choose(self, browser: httpx.AsyncClient, address: str, person: Person) -> str:
        """Fill in the form. Somebody who signed in before gets no form."""
        answer = await browser.get(address)
        if answer.status_code == 200:
            (where,) = FORM.findall(answer.text)
            sent = {"username": person.subject, "password": PASSWORD}
            answer = await browser.post(html.unescape(where), data=sent)
        assert answer.status_code in {302, 303}, answer.text
        return answer.headers["location"]

    async def change(self, person: Person) -> None:
        self._note(person)
        await self._have(person, enabled=True)

    async def forget(self, person: Person) -> None:
        self._note(person)
        await self._have(person, enabled=False)

    async def tell_how(self) -> None:
        """Name what the password form proves, for as long as a session lasts. Otherwise the first renewal loses it."""
        async with self._administrator() as admin:
            steps = (await admin.get("authentication/flows/browser/executions")).json()
            (form,) = [step for step in steps if step.get("providerId") == "auth-username-password-form"]
            if "authenticationConfig" not in form:
                told = {"default.reference.value": "pwd", "default.reference.maxAge": str(SESSION_LONGEST_S)}
                made = {"alias": "password", "config": told}
                (await admin.post(f"authentication/executions/{form['id']}/config", json=made)).raise_for_status()

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)

    @asynccontextmanager
    async def mended(self, people: Mapping[str, Person]) -> AsyncIterator[None]:
        """While a test runs; afterwards everybody is as they were among these people."""
        await asyncio.to_thread(self.server.start)
        yield
        await asyncio.to_thread(self.server.start)
        for subject in self._changed:
            await self._have(people[subject], enabled=True)
        self._changed.clear()

    def _note(self, person: Person) -> None:
        self._changed[person.subject] = person

    async def _have(self, person: Person, *, enabled: bool) -> None:
        async with self._administrator() as admin:
            user = f"users/{called(person.subject)}"
            known = (await admin.get(user)).json()
            (await admin.put(user, json={**known, "enabled": enabled})).raise_for_status()
            mapped = f"{user}/role-mappings/realm"
            await admin.request("DELETE", mapped, json=(await admin.get(mapped)).json())
            roles = [(await admin.get(f"roles/{role.value}")).json() for role in person.roles]
            (await admin.post(mapped, json=roles)).raise_for_status()

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[httpx.AsyncClient]:
        asked = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": PASSWORD}
        at: dict[str, Any] = {"base_url": f"{self.server.address}/admin/realms/{REALM}/", "trust_env": False}
        async with httpx.AsyncClient(**at) as http:
            given = await http.post(f"{self.server.address}/realms/master/protocol/openid-connect/token", data=asked)
            http.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
            yield http
