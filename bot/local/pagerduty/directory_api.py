"""PagerDuty's REST endpoints about everything but incidents: people, services, on-calls, the webhook itself."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.directory import POLICIES, PRIORITIES, SERVICES, SUBSCRIPTION, USERS, Service
from bot.local.pagerduty.errors import ability_missing, invalid, not_found
from bot.local.pagerduty.incident import ACKNOWLEDGED, NOBODY, TRIGGERED
from bot.local.pagerduty.requests import many, one_of, page, span
from bot.local.pagerduty.rota import Shift, shifts


@dataclass(frozen=True, slots=True)
class DirectoryApi:
    """The endpoints, one method each."""

    account: Account

    def routes(self) -> list[Route]:
        hook = "/webhook_subscriptions/{id}"
        return [
            Route("/abilities", self.abilities),
            Route("/users", self.users),
            Route("/users/{id}", self.user),
            Route("/services", self.services),
            Route("/services/{id}", self.service),
            Route("/escalation_policies", self.policies),
            Route("/escalation_policies/{id}", self.policy),
            Route("/oncalls", self.oncalls),
            Route("/priorities", self.priorities),
            Route("/maintenance_windows", self.maintenance_windows),
            Route("/webhook_subscriptions", self.subscriptions),
            Route(hook, self.subscription),
            Route(f"{hook}/enable", self.enable, methods=["POST"]),
            Route(f"{hook}/ping", self.ping, methods=["POST"]),
        ]

    async def abilities(self, _request: Request) -> Response:
        return JSONResponse({"abilities": list(self.account.config.abilities)})

    async def users(self, request: Request) -> Response:
        query = request.query_params.get("query", "").strip().lower()
        found = [one for one in USERS.values() if query in one.real_name.lower() or query in one.email]
        return JSONResponse(page(request, "users", found, self.account.shapes.user))

    async def user(self, request: Request) -> Response:
        identity = request.path_params["id"]
        if identity == "me":
            raise invalid("The current user cannot be found: the key belongs to the account, not to a user.")
        if identity not in USERS:
            raise not_found()
        return JSONResponse({"user": self.account.shapes.user(USERS[identity])})

    async def services(self, request: Request) -> Response:
        query = request.query_params.get("query", "").strip().lower()
        found = [one for one in SERVICES.values() if query in one.name.lower()]
        return JSONResponse(page(request, "services", found, self._draw_service))

    async def service(self, request: Request) -> Response:
        service = SERVICES.get(request.path_params["id"])
        if service is None:
            raise not_found()
        return JSONResponse({"service": self._draw_service(service)})

    async def policies(self, request: Request) -> Response:
        return JSONResponse(page(request, "escalation_policies", list(POLICIES.values()), self.account.shapes.policy))

    async def policy(self, request: Request) -> Response:
        policy = POLICIES.get(request.path_params["id"])
        if policy is None:
            raise not_found()
        return JSONResponse({"escalation_policy": self.account.shapes.policy(policy)})

    async def oncalls(self, request: Request) -> Response:
        policies = one_of(many(request, "escalation_policy_ids"), POLICIES, "Escalation policy ids")
        people = many(request, "user_ids")
        full = "users" in many(request, "include")
        now = self.account.now()
        between, zone = span(request, now), ZoneInfo(self.account.config.timezone)
        found = [
            shift
            for policy in POLICIES.values()
            for shift in shifts(policy, now, between, zone)
            if (not policies or policy.id in policies) and (not people or shift.person.pagerduty in people)
        ]
        if request.query_params.get("earliest", "").lower() == "true":
            # Turned round, so that of a person's shifts at a level the first is the one that stays.
            first = {(one.policy.id, one.level, one.person.pagerduty): one for one in reversed(found)}
            found = [one for one in found if one in first.values()]

        def draw(one: Shift) -> Document:
            return self.account.shapes.oncall(one, full_user=full)

        return JSONResponse(page(request, "oncalls", found, draw))

    async def priorities(self, request: Request) -> Response:
        if "incident_priorities" not in self.account.config.abilities:
            raise ability_missing("incident_priorities")
        return JSONResponse(page(request, "priorities", list(PRIORITIES.values()), self.account.shapes.priority))

    async def maintenance_windows(self, request: Request) -> Response:
        """List the windows: this account has none."""
        wanted = request.query_params.get("filter", "open")
        one_of((wanted,), ("past", "future", "ongoing", "open", "all"), "Filter")
        windows: list[Document] = []
        return JSONResponse(page(request, "maintenance_windows", windows, dict))

    async def subscriptions(self, request: Request) -> Response:
        return JSONResponse(page(request, "webhook_subscriptions", [SUBSCRIPTION.id], lambda _: self._draw_hook()))

    async def subscription(self, request: Request) -> Response:
        _known_hook(request)
        return JSONResponse({"webhook_subscription": self._draw_hook()})

    async def enable(self, request: Request) -> Response:
        _known_hook(request)
        self.account.deliveries.enable()
        return JSONResponse({"webhook_subscription": self._draw_hook()})

    async def ping(self, request: Request) -> Response:
        _known_hook(request)
        self.account.deliveries.ping(NOBODY)
        return Response(status_code=202)

    def _draw_service(self, service: Service) -> Document:
        mine = [one for one in self.account.ledger.incidents() if one.service == service.id]
        statuses = {one.status for one in mine}
        status = "critical" if TRIGGERED in statuses else "warning" if ACKNOWLEDGED in statuses else "active"
        last = max((one.created_at for one in mine), default=None)
        return self.account.shapes.service(service, status, last)

    def _draw_hook(self) -> Document:
        return {
            "id": SUBSCRIPTION.id,
            "type": "webhook_subscription",
            "active": True,
            "description": SUBSCRIPTION.name,
            "delivery_method": {
                "id": f"{SUBSCRIPTION.id}D",
                "type": "http_delivery_method",
                "url": self.account.config.webhook_url,
                "temporarily_disabled": self.account.deliveries.disabled,
                "custom_headers": [],
                "secret": None,
            },
            "events": ["incident.triggered", "incident.acknowledged", "incident.resolved"],
            "filter": {"type": "account_reference"},
        }


def _known_hook(request: Request) -> None:
    if request.path_params["id"] != SUBSCRIPTION.id:
        raise not_found()
