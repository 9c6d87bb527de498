"""Whose a change is: by names that the settings give, else by places that leave no doubt."""

import pytest

from bot.domain.places import is_production, service_touched
from bot.domain.plan import Match, Plan, Service
from tests.changes import change

PLAN = Plan(
    services=(
        Service(name="checkout", match=Match(changes=("acme/shop", "Shop-Infra"))),
        Service(name="search"),
        Service(name="search-test"),
        Service(name="API"),
    )
)


@pytest.mark.parametrize(
    ("places", "service"),
    [
        (("acme/shop",), "checkout"),
        (("ACME/Shop",), "checkout"),
        (("shop-infra",), "checkout"),
        (("search", "acme/shop"), "checkout"),  # what the settings say goes first, wherever it stands
        (("search",), "search"),
        (("acme/search",), "search"),
        (("acme/search/",), "search"),
        (("api",), "API"),
        (("search-prod",), "search"),
        (("staging-search",), "search"),
        (("shop/search-canary",), "search"),
        (("search-test",), "search-test"),  # a service of that name before one without the ending
        (("search-production", "acme/checkout"), "search"),  # the most telling place first
        (("research",), None),
        (("search-worker",), None),
        (("search-",), None),
        (("acme/shop2",), None),
        (("", "/", "-prod"), None),
        ((), None),
    ],
)
def test_a_change_is_a_service_s_by_its_places(places: tuple[str, ...], service: str | None) -> None:
    assert service_touched(change(places=places, environment=None), PLAN) == service


def test_the_environment_that_the_system_names_may_stand_in_the_place_too() -> None:
    assert service_touched(change(places=("search-blue",), environment="Blue"), PLAN) == "search"
    assert service_touched(change(places=("search-blue",), environment="green"), PLAN) is None


def test_without_services_nothing_is_anybody_s() -> None:
    assert service_touched(change(places=("checkout",)), Plan()) is None


def test_a_name_stands_at_one_service_only() -> None:
    both = [{"name": name, "match": {"changes": [place]}} for name, place in (("a", "acme/shop"), ("b", "Acme/Shop"))]
    with pytest.raises(ValueError, match="named by the services 'a' and 'b'; leave it at one"):
        Plan.model_validate({"services": both})
    Plan.model_validate({"services": [{"name": "a", "match": {"changes": ["acme/shop", "acme/shop"]}}]})


@pytest.mark.parametrize(
    ("environment", "production"),
    [
        ("production", True),
        ("Prod-EU", True),
        ("live", True),
        ("prod-canary", True),
        ("staging", False),
        ("pre-prod", False),
        ("nonprod", False),
        ("non-prod", False),
        ("eu-west-1", None),
        ("products", None),
        ("", None),
        (None, None),
    ],
)
def test_an_environment_is_production_only_by_its_name(environment: str | None, production: object) -> None:
    assert is_production(environment) is production
