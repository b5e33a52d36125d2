"""Tryton's REST wire: typed JSON, base64url domains, paging by id. GPL code stays on the other side of the socket."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from pipeline.domain.erp import ErpMisconfigured
from pipeline.export.http import Http

PAGE = 500
Values = dict[str, Any]
Domain = Sequence[Any]


def encode(value: object) -> object:
    """`json.dumps(default=encode)`: dates, decimals and bytes as Tryton types them."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": format(value, "f")}
    if isinstance(value, datetime):
        at = value.astimezone(UTC) if value.tzinfo else value
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(at, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, bytes):
        return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def decode(value: Values) -> Any:
    """`json.loads(object_hook=decode)`. Datetimes come as naive UTC and leave here with their zone."""
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "date":
            return date(value["year"], value["month"], value["day"])
        case "datetime":
            day = datetime(value["year"], value["month"], value["day"], tzinfo=UTC)
            return day.replace(**{name: value[name] for name in ("hour", "minute", "second", "microsecond")})
        case "timedelta":
            return timedelta(seconds=value["seconds"])
        case "bytes":
            return base64.b64decode(value["base64"])
        case _:
            return value


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, default=encode).encode()).decode()


def explain(answer: httpx.Response) -> str:
    """Tryton's own words for a refusal, without markup."""
    try:
        body = answer.json()
        parts = [body.get("message"), body.get("description")] if isinstance(body, dict) else body
        return " ".join(str(part) for part in parts if part)
    except ValueError:
        return f"HTTP {answer.status_code}"


class TrytonRest:
    """Models of one database with a bearer application key. The context carries the company and nothing else:
    `_skip_warnings` is never sent, so Tryton's own warnings stop us as they stop a person."""

    def __init__(self, client: httpx.Client, database: str, key: str, company: int, **http: Any) -> None:
        client.headers.update(
            {
                "Authorization": f"Bearer {key}",
                "X-Tryton-Context": _packed({"company": company}),
                "Content-Type": "application/json",
            }
        )
        self._root = f"/{database}/rest/model"
        self.http = Http(client, "Tryton", explain, **http)

    def _call(self, verb: str, path: str, fields: Iterable[str] = (), body: object = None, **params: Any) -> Any:
        query: list[tuple[str, Any]] = [("f", name) for name in fields]
        query += [(name, value) for name, value in params.items() if value is not None]
        content = None if body is None else json.dumps(body, default=encode).encode()
        answer = self.http.send(verb, f"{self._root}/{path}", params=query, content=content)
        if answer.status_code == 404:
            return None
        return json.loads(answer.content, object_hook=decode) if answer.content else None

    def search(self, model: str, domain: Domain, fields: Iterable[str], limit: int | None = None) -> list[Values]:
        """Records in order of id, in one request."""
        found = self._call("GET", model, fields, d=_packed(domain), o=_packed([["id", "ASC"]]), s=limit)
        if found is None:
            raise ErpMisconfigured(f"Tryton has no {model} under this address.", "Check address, database and modules.")
        return list(found)

    def pages(self, model: str, domain: Domain, fields: Sequence[str], page: int = PAGE) -> Iterator[Values]:
        """All records in order of id, page by page. Paging by id neither skips nor repeats when rows change meanwhile."""
        last = 0
        while True:
            rows = self.search(model, [*domain, ["id", ">", last]], fields, page)
            yield from rows
            if len(rows) < page:
                return
            last = rows[-1]["id"]

    def get(self, model: str, record: int, fields: Iterable[str]) -> Values | None:
        """One record, None when it is gone."""
        found: Values | None = self._call("GET", f"{model}/{record}", fields)
        return found

    def create(self, model: str, values: Values) -> int:
        return int(self._call("POST", model, ("id",), values)["id"])

    def update(self, model: str, record: int, values: Values) -> bool:
        """Write; False when the record is gone."""
        return self._call("PUT", f"{model}/{record}", ("id",), values) is not None

    def delete(self, model: str, record: int) -> None:
        self._call("DELETE", f"{model}/{record}")

    def action(self, model: str, record: int, action: str, fields: Iterable[str] = ("id", "state")) -> Any:
        """Press a button of a record."""
        return self._call("POST", f"{model}/{record}/{action}", fields, {})
