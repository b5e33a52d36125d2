"""Whatever the OpenAPI document allows, and what it does not: the desk answers, and never with a 5xx (schemathesis)."""

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pipeline.domain.records import User
from pipeline.web.app import SCREENS
from tests.fakes.desk import PASSWORD, PEOPLE
from tests.functional.web.client import Visitor

EXAMPLES = 40
OPERATIONS = sorted(
    (method, route.path)
    for screen in SCREENS
    for route in screen.routes
    if isinstance(route, APIRoute) and route.path.startswith("/api/")
    for method in route.methods
    if not route.path.endswith("openapi.json")
)
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    """The desk with a person who may do everything, so that no operation ends at its permission."""
    visitor = Visitor()
    everything = tuple(dict.fromkeys(role for person in PEOPLE for role in person.roles))
    visitor.desk.accounts.save_user(User("all", "All Roles", everything), PASSWORD)
    return visitor


@pytest.fixture(scope="module")
def schema(visitor: Visitor) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", visitor.web, headers=bearer(visitor))


def bearer(visitor: Visitor) -> dict[str, str]:
    answer = visitor.http.post("/api/v1/tokens", json={"user": "all", "password": PASSWORD})
    return {"authorization": f"Bearer {answer.json()['token']}"}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_breaks_the_desk(method: str, path: str, schema: BaseSchema, visitor: Visitor) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        # A token each time: one of the operations ends the token it is called with.
        case.call_and_validate(headers=bearer(visitor), checks=CHECKS)

    ask()
