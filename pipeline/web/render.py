"""Templates and words: Jinja2 with escaping always on, and the message catalogue."""

import json
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

HERE = Path(__file__).parent
LANGUAGES = ("en",)


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """All messages of a language as `section.key` -> text."""
    tree = tomllib.loads((HERE / "messages" / f"{language}.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, rows in tree.items() for key, text in rows.items()}


def translate(key: str, language: str = "en", /, **values: Any) -> str:
    """The message `section.key`; codes that the catalogue does not name read as words."""
    text = catalogue(language).get(key)
    if text is None:
        text = key.partition(".")[2].replace("_", " ").lower().capitalize()
    return text.format(**values) if values else text


def known(key: str, language: str = "en") -> bool:
    return key in catalogue(language)


def money(value: Any, currency: str | None = None) -> str:
    """1234.5 -> 1,234.50; what is no number is shown as it is."""
    if value in (None, ""):
        return "–"
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    places = max(2, -int(number.as_tuple().exponent)) if currency != "JPY" else 0
    return f"{number:,.{places}f}" + (f" {currency}" if currency else "")


def instant(value: Any) -> str:
    """A moment as people read it, UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    if not isinstance(moment, datetime):
        return "–"
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def span(seconds: float) -> str:
    """Two hours, three days: the largest unit that fits."""
    size = abs(seconds)
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if size >= unit:
            return f"{int(size // unit)} {name}"
    return "0 min"


def due_words(due: Any, now: datetime) -> tuple[str, str]:
    """(words, level) of a due date: late | soon | fine | none. The words say it too: colour is not the only signal."""
    moment = datetime.fromisoformat(due) if isinstance(due, str) and due else due
    if not isinstance(moment, datetime):
        return "no date", "none"
    left = (moment - now).total_seconds()
    if left < 0:
        return f"late by {span(left)}", "late"
    return f"due in {span(left)}", ("soon" if left < 4 * 3600 else "fine")


def age_words(opened: Any, now: datetime) -> str:
    moment = datetime.fromisoformat(opened) if isinstance(opened, str) and opened else opened
    return span((now - moment).total_seconds()) if isinstance(moment, datetime) else "–"


def plain_json(value: Any) -> str:
    """JSON for a data attribute or a data block: nothing in it can end the element."""
    text = json.dumps(value, default=_plain, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)


@lru_cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    env.filters.update(money=money, instant=instant, plain_json=plain_json)
    env.globals.update(t=translate, due_words=due_words, age_words=age_words, known=known)
    return env


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page with what every page needs: person, theme, CSRF token, versioned static files."""
    person = getattr(request.state, "person", None)
    theme = request.cookies.get("apdesk_theme", "")
    values.setdefault("nav", "")
    html = environment().get_template(template).render(
        person=person, csrf=person.csrf if person else "", theme=theme if theme in ("light", "dark") else "auto",
        static=request.app.state.static_version, now=request.app.state.desk.clock.now(), path=request.url.path,
        erp=request.app.state.erp.look(request.app.state.desk) if person else None, **values,
    )  # fmt: skip
    return HTMLResponse(html, status)
