"""Which processes make up a run, and what each is told."""

from __future__ import annotations

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

from carebus.settings import EMITTED
from carebus.web.links import Link
from deploy.local.acting import Acting
from deploy.local.clinic import SEED
from deploy.local.equipping import as_known_to_equipment
from deploy.local.folders import cache_folder
from deploy.local.front_door import prefix_of
from deploy.local.hospital import as_known_to_the_line
from deploy.local.inbox import Inbox
from deploy.local.kafka import Kafka
from deploy.local.keycloak.realm import ASKED, Realm
from deploy.local.keycloak.server import Keycloak
from deploy.local.menu import START, keep_links, link_to, of_people
from deploy.local.nights import Joined
from deploy.local.options import ROOT, SERVICES, Options, operators_of, purpose
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK
from deploy.local.programs import Program, address, rotate
from deploy.local.provider.people import organizations, people
from deploy.local.provider.tokens import kept_key
from deploy.local.providers import KEYCLOAK, acting_at, how_to_sign_in, issuer_of
from deploy.local.supervisor import Member

SERVER_STAGE, COMPANION_STAGE, SERVICE_STAGE = 0, 1, 2
# Set apart for fiction, like every number in the sample.
HELP_LINE = "800-555-0199"
LINE = "line"
MAIL_FROM = "care@carebus.example"
# These would send a process of this run somewhere else than to this run.
WITHHELD = (
    "DATABASE_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "CAREBUS_ROLE",
    "FEED",
    "UNTIL",
    "SUMMARY",
    "DAY",
    "ROLES",
    "SERVICE",
    "SERVICES",
    "PROVIDER",
)


@dataclass(frozen=True)
class Fleet:
    """The processes of a run with these options."""

    options: Options

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service itself is."""
        return {name: address(self.options.ports[name]) for name in self.options.services}

    @property
    def operators(self) -> dict[str, str]:
        """Where operators reach each service."""
        return {name: address(self.options.ports[operators_of(name)]) for name in self.options.services}

    @property
    def front(self) -> str:
        """The address that all services are below."""
        return address(self.options.ports["portal"])

    @property
    def pages(self) -> dict[str, str]:
        """Where each service's pages are for people: behind the front door."""
        return {name: f"{self.front}{prefix_of(name)}" for name in self.options.services}

    def postgres(self) -> Member | None:
        """The embedded PostgreSQL, None when DATABASE_URL names another."""
        if self.options.database_url:
            return None
        return self._server("postgres", Postgres(self.options.data / "postgres", self.options.ports["postgres"]))

    def kafka(self) -> Member | None:
        """The embedded Kafka, None when KAFKA_BOOTSTRAP_SERVERS names another."""
        if self.options.bootstrap:
            return None
        kafka = Kafka(self.options.data / "kafka", self.options.ports["kafka"], cache_folder())
        return self._server("kafka", kafka)

    def mail(self) -> Member | None:
        """The mail inbox, None where nothing sends mail."""
        if "notifications" not in self.options.services:
            return None
        return self._program("mail", "deploy.local.mail", {"CAREBUS_INBOX": str(self.options.inbox)}, COMPANION_STAGE)

    @property
    def issuer(self) -> str:
        """The provider's name, which is an address."""
        return issuer_of(self.options.provider, self.options.ports["provider"])

    @property
    def signing_in(self) -> dict[str, str]:
        """What services are told of it."""
        asked = {"CAREBUS_OIDC_SCOPE": ASKED} if self.options.provider == KEYCLOAK else {}
        return {"CAREBUS_OIDC_ISSUER": self.issuer, **asked}

    @property
    def how_to_sign_in(self) -> str:
        """The same for whoever looks at the pages."""
        return how_to_sign_in(self.options.provider, self.options.ports["provider"])

    @property
    def clients(self) -> dict[str, str]:
        """The services as the provider knows them: id, own address, and where their pages are."""
        return {
            f"carebus-{name.replace('_', '-')}": f"{where} {self.pages[name]}" for name, where in self.addresses.items()
        }

    @property
    def keys(self) -> Path:
        """Where the provider keeps its keys, and programs theirs."""
        return self.options.data / "provider"

    def acting(self) -> Acting:
        """How the simulated clinic's people get their tokens."""
        return acting_at(self.options.provider, self.options.ports["provider"], self.keys)

    def provider(self, tell: Callable[[str], None]) -> Member:
        """The OpenID provider: ours, where one chooses who to be, or Keycloak, which takes so long that it is told."""
        if self.options.provider == KEYCLOAK:
            programs = kept_key(self.keys / "programs.key", "programs")
            realm = Realm(people(SEED), self.clients, organizations(), programs).as_json()
            data, port = self.options.data / "keycloak", self.options.ports["provider"]
            return self._server("provider", Keycloak(data, port, cache_folder(), realm, tell))
        clients = {**self.clients, "carebus-portal": self.front}
        told = {
            "CAREBUS_CLIENTS": ",".join(f"{name}={where}" for name, where in clients.items()),
            "CAREBUS_KEYS": str(self.keys),
        }
        return self._program("provider", "deploy.local.provider", told, COMPANION_STAGE)

    def portal(self) -> Member:
        """The start page, which is the front door of all services."""
        behind = ",".join(f"{name}={where}" for name, where in self.addresses.items())
        told = {"CAREBUS_INBOX": str(self.options.inbox), "CAREBUS_BEHIND": behind}
        told |= {"CAREBUS_SIGNING_IN": self.how_to_sign_in}
        told |= {"CAREBUS_OPERATORS": str(self.options.operators_file)}
        return self._program("portal", "deploy.local.portal", told, SERVICE_STAGE)

    def service(self, name: str, database_url: str, bootstrap: str) -> list[Member]:
        """One of the services: the process with its pages first, and one for each further role if split."""
        told = {"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": bootstrap}
        told |= {"CAREBUS_PUBLIC_URL": self.pages[name], "CAREBUS_PREFIX": prefix_of(name)}
        told |= self.signing_in
        if name == "notifications":
            told |= {"SMTP_URL": f"smtp://{LOOPBACK}:{self.options.ports['mail']}", "CAREBUS_MAIL_FROM": MAIL_FROM}
        told |= self._of_referrers(name)
        module, edited = f"services.{name}", name == self.options.edited
        if not self.options.split:
            return [self._program(name, module, told, SERVICE_STAGE, edited=edited)]
        roles = {name: "api", f"{name} subscriber": "subscriber", f"{name} relay": "relay"}
        roles |= {f"{name} listener": "listener"} if name == LINE else {}
        return [
            self._program(each, module, {**told, "CAREBUS_ROLE": role}, SERVICE_STAGE, edited=edited)
            for each, role in roles.items()
        ]

    def _of_referrers(self, name: str) -> dict[str, str]:
        """What makes private links and signs webhooks: made once for this run's data, so that links stay good."""
        if name == "care_plan":
            return {"CAREBUS_SUMMARY_LINK_SECRET": self._secret("summaries")}
        if name == LINE:
            return self._of_the_line()
        if name == "wishes":
            return {"CAREBUS_DOCUMENT_KEYS": self.document_key}
        if name == "equipment":
            return {"CAREBUS_SUPPLIERS": as_known_to_equipment(), "CAREBUS_ORDER_LINK_SECRET": self._secret("orders")}
        if name not in {"referral", "notifications"}:
            return {}
        told = {"CAREBUS_REFERRAL_URL": self.front, "CAREBUS_STATUS_LINK_SECRET": self._secret("links")}
        if name == "notifications":
            told |= {"CAREBUS_SUMMARY_LINK_SECRET": self._secret("summaries")}
            told |= {"CAREBUS_CARE_PLAN_URL": self.pages["care_plan"]} if "care_plan" in self.pages else {}
            told |= {"CAREBUS_PAGE_LINK_SECRET": self._secret("pages")}
            told |= {"CAREBUS_LINE_URL": self.pages["line"]} if "line" in self.pages else {}
            told |= {"CAREBUS_ORDER_LINK_SECRET": self._secret("orders")}
            told |= {"CAREBUS_EQUIPMENT_URL": self.pages["equipment"]} if "equipment" in self.pages else {}
        if name == "referral":
            told |= {"CAREBUS_REFERRER_SECRET": self._secret("referrers"), "CAREBUS_WEBHOOK_PRIVATE": "true"}
        return told

    def _of_the_line(self) -> dict[str, str]:
        """How its telephone and its hospital are known to it, and where that hospital sends to."""
        return {
            "CAREBUS_PAGE_LINK_SECRET": self._secret("pages"),
            "CAREBUS_TELEPHONE_SECRET": self.telephone_secret,
            "CAREBUS_HOSPITALS": as_known_to_the_line(),
            "CAREBUS_MLLP_HOST": LOOPBACK,
            "CAREBUS_MLLP_PORT": str(self.options.ports["hospital"]),
        }

    def joined(self, inbox: Inbox) -> Joined:
        """The same for whoever plays the telephone and the hospital, and those who are paged."""
        mailed = inbox if "notifications" in self.options.services else None
        return Joined(self.telephone_secret, self.options.ports["hospital"], mailed)

    @property
    def telephone_secret(self) -> str:
        """What the telephone signs with, in the form of Standard Webhooks."""
        return f"whsec_{b64encode(self._secret('telephone').encode()).decode()}"

    @property
    def document_key(self) -> str:
        """What documents are sealed with: 32 bytes that follow from a secret of this run's data."""
        return f"local:{b64encode(sha256(self._secret('documents').encode()).digest()).decode()}"

    def _secret(self, name: str) -> str:
        file = self.options.data / f"{name}.secret"
        if not file.exists() or not file.stat().st_size:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(0o600)
            file.write_text(token_urlsafe(32))
        return file.read_text()

    def environment(self, told: Mapping[str, str]) -> dict[str, str]:
        """What a process of this run finds in its environment, beside what is `told` to it alone."""
        kept = {name: value for name, value in os.environ.items() if name not in WITHHELD}
        common = {
            "CAREBUS_HOST": LOOPBACK,
            "CAREBUS_BELIEVED_SOURCES": EMITTED,
            "CAREBUS_OPERATORS_HOST": LOOPBACK,
            "CAREBUS_CLOCK_FILE": str(self.options.clock_file),
            "CAREBUS_HELP_LINE": kept.get("CAREBUS_HELP_LINE", HELP_LINE),
            "CAREBUS_LINKS": str(self.options.links_file),
            "PYTHONUNBUFFERED": "1",
        }
        return {**kept, **common, **told}

    def write_links(self) -> None:
        """Put the start page and every service of this run into the menu of all pages, and where operators go."""
        at = self.pages
        services = [link_to(name, where) for name, where in at.items()]
        about = ("referral", "care_plan", "notifications", "audit", "line", "wishes", "equipment")
        people = of_people(*(at[name] for name in about)) if {*SERVICES} <= {*at} else []
        keep_links(self.options.links_file, [Link(START, self.front), *services, *people])
        keep_links(self.options.operators_file, [link_to(name, where) for name, where in self.operators.items()])

    def _server(self, name: str, server: Postgres | Kafka | Keycloak) -> Member:
        log = self.options.logs / f"{name}.log"
        if not log.is_symlink():
            log.symlink_to(server.data / "log")
        return Member(name, server, log, SERVER_STAGE)

    def _program(self, name: str, module: str, told: Mapping[str, str], stage: int, *, edited: bool = False) -> Member:
        log, port = self.options.logs / f"{name.replace(' ', '-')}.log", self.options.ports.get(name)
        rotate(log)
        own = {"CAREBUS_PORT": port, "CAREBUS_OPERATORS_PORT": self.options.ports.get(operators_of(name))}
        environment = self.environment({**{setting: str(number or 0) for setting, number in own.items()}, **told})
        argv = [sys.executable, "-m", module]
        program = Program(purpose(name), argv, log, ROOT, environment, port)
        return Member(name, program, log, stage, saved=asyncio.Event() if edited else None)
