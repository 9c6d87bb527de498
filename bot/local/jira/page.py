"""The ticket page: what a person sees who follows a link to a ticket of the Jira stand-in."""

from dataclasses import dataclass
from typing import Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.local.jira.directory import ISSUE_TYPES, LINK_TYPES, PRIORITIES, accounts
from bot.local.jira.site import Site
from bot.local.jira.text import as_text

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem }
  dt { opacity: .7 } dd { margin: 0 }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
  article { border-top: 1px solid; padding-top: .5rem; margin-top: 1rem }
  .note { opacity: .7 }
</style>
<p class="note">Local workspace · example Jira · nothing leaves this machine</p>
{% if issue %}
<h1>{{ issue.key }} · {{ issue.summary }}</h1>
<dl>
  {% for name, value in facts %}<dt>{{ name }}</dt><dd>{{ value }}</dd>
  {% endfor %}
</dl>
<pre>{{ text or "No description." }}</pre>
{% if links %}<h2>Links</h2>
<ul>
  {% for words, address, title in links %}<li>{{ words }} {% if address %}<a href="{{ address }}">{{ title }}</a>
  {% else %}{{ title }}{% endif %}</li>
  {% endfor %}
</ul>{% endif %}
<h2>Comments</h2>
{% for who, when, words in comments %}<article><b>{{ who }}</b> <span class="note">{{ when }}</span>
<pre>{{ words }}</pre></article>
{% else %}<p class="note">None yet.</p>
{% endfor %}
{% else %}
<h1>No such ticket</h1>
<p>There is no {{ title }} here. It may have been deleted.</p>
{% endif %}
</html>
"""
_TEMPLATE: Final = Environment(autoescape=True).from_string(_PAGE)


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Draws one ticket as plain HTML."""

    site: Site

    async def show(self, request: Request) -> Response:
        tracker = self.site.tracker
        wanted = request.path_params["key"]
        issue = tracker.issue(wanted)
        if issue is None:
            return HTMLResponse(_TEMPLATE.render(title=wanted, issue=None), 404, headers=_HEADERS)
        names = {one.id: one.title for one in accounts(self.site.config.email).values()}
        facts = [
            ("Type", ISSUE_TYPES[issue.type].name),
            ("Status", issue.state.name),
            ("Priority", PRIORITIES[issue.priority].name),
            ("Assignee", names.get(issue.assignee or "", "nobody")),
            ("Reporter", names.get(issue.reporter, "somebody")),
            ("Due", issue.duedate or "no date"),
            ("Labels", ", ".join(issue.labels) or "none"),
            ("Created", issue.created),
        ]
        links: list[tuple[str, str | None, str]] = []
        for link, other in tracker.links(issue):
            kind = LINK_TYPES[link["type"]]
            words = kind.outward if link["inward"] == issue.id else kind.inward
            links.append((words, f"{self.site.config.base_url}/browse/{other.key}", f"{other.key} · {other.summary}"))
        for remote in tracker.remote_links(issue):
            thing = remote["given"]["object"]
            links.append(("outside:", _safe(thing["url"]), thing["title"]))
        comments = [
            (names.get(c["author"], "somebody"), c["created"], as_text(c["body"])) for c in tracker.comments(issue)
        ]
        page = _TEMPLATE.render(
            title=f"{issue.key} · {issue.summary}",
            issue=issue,
            facts=facts,
            text=as_text(issue.description),
            links=links,
            comments=comments,
        )
        return HTMLResponse(page, headers=_HEADERS)


def _safe(address: str) -> str | None:
    """Give an address that may be followed; anything but the web's own kinds is shown as text only."""
    return address if address.startswith(("https://", "http://")) else None
