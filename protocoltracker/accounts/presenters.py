"""People and sites as the pages show them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q
from django.urls import reverse

from protocoltracker.accounts import histories, policies
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Membership, Role, Site, User

CLINICAL = (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR, Role.DATA_MANAGER, Role.MONITOR)
PAGE_SIZE = 50
SHOWN = {"active": "Working", "ended": "Ended", "all": "All"}


def landing(user: Any) -> str:
    """Where work begins: the worklist for a clinical role, the people page for an administrator, else whom to ask."""
    access = access_of(user)
    if access.has(CLINICAL):
        return reverse("worklist")
    return reverse("accounts:people" if access.has([Role.ADMINISTRATOR]) else "accounts:welcome")


def administrators() -> list[User]:
    """Whom to ask for a role."""
    held = Membership.objects.current().filter(role=Role.ADMINISTRATOR)
    return list(User.objects.filter(pk__in=held.values("user_id")))


@dataclass(frozen=True)
class Held:
    """A role at a site; `end_url` where it may be ended by the reader."""

    role: str
    site: str
    since: Any
    until: Any = None
    end_url: str = ""


@dataclass(frozen=True)
class Row:
    url: str
    name: str
    username: str
    email: str
    state: str
    state_word: str
    roles: list[Held]


@dataclass(frozen=True)
class Segment:
    title: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class People:
    note: str
    query: str
    keep: dict[str, str]
    segments: list[Segment]
    rows: Page
    add_url: str


def people(user: User, *, show: str, query: str, number: Any) -> People:
    seen = policies.people_for(user)
    working = seen.filter(is_active=True).count()
    counts = {"active": working, "all": (every := seen.count()), "ended": every - working}
    show = show if show in SHOWN else "active"
    found = seen if show == "all" else seen.filter(is_active=show == "active")
    if query:
        found = found.filter(
            Q(full_name__icontains=query) | Q(username__icontains=query) | Q(email__icontains=query)
        )
    current = Membership.objects.filter(ended_at__isnull=True).select_related("site")
    found = found.prefetch_related(Prefetch("memberships", current, to_attr="held"))
    page = Paginator(found, PAGE_SIZE).get_page(number)
    page.object_list = [_row(person) for person in page.object_list]
    return People(
        note=f"{counts['active']} working, {counts['ended']} ended",
        query=query,
        keep={"show": show},
        segments=[
            Segment(title, f"{reverse('accounts:people')}?show={key}", key == show, counts[key])
            for key, title in SHOWN.items()
        ],
        rows=page,
        add_url=reverse("accounts:person-add"),
    )


def _row(person: User) -> Row:
    state, word = state_of(person)
    return Row(
        url=reverse("accounts:person", args=[person.pk]),
        name=person.full_name,
        username=person.username,
        email=person.email,
        state=state,
        state_word=word,
        roles=[held(membership) for membership in person.held],  # type: ignore[attr-defined]
    )


def state_of(person: User) -> tuple[str, str]:
    if not person.is_active:
        return "omitted", "Ended"
    if person.must_change_password:
        return "due", "One-time password"
    return "given", "May sign in"


def held(membership: Membership, reader: User | None = None) -> Held:
    """`reader`: with the link to end the role, where the reader may."""
    may = reader is not None and membership.ended_at is None
    may = may and policies.may_give(reader, membership.user, membership.site)  # type: ignore[arg-type]
    return Held(
        role=Role(membership.role).label,
        site=membership.site.name if membership.site else "Every site",
        since=membership.created_at,
        until=membership.ended_at,
        end_url=reverse("accounts:role-end", args=[membership.user_id, membership.pk]) if may else "",
    )


@dataclass(frozen=True)
class Person:
    name: str
    username: str
    state: str
    state_word: str
    facts: list[dict[str, Any]]
    roles: list[Held]
    past_roles: list[Held]
    history: list[histories.Entry]
    actions: list[dict[str, Any]] = field(default_factory=list)
    give_url: str = ""
    why_not: str = ""


def person(reader: User, shown: User) -> Person:
    memberships = list(shown.memberships.select_related("site", "user"))
    state, word = state_of(shown)
    itself = reader.pk == shown.pk
    return Person(
        name=shown.full_name,
        username=shown.username,
        state=state,
        state_word=word,
        facts=[
            {"label": "User name", "value": shown.username},
            {"label": "Email", "value": shown.email or None},
            {"label": "Last sign-in", "value": _moment(shown.last_login)},
        ],
        roles=[held(one, reader) for one in memberships if one.ended_at is None],
        past_roles=[held(one) for one in memberships if one.ended_at is not None],
        history=histories.of_person(shown),
        actions=_account_actions(reader, shown),
        give_url="" if itself or not shown.is_active else reverse("accounts:role-give", args=[shown.pk]),
        why_not="Nobody changes the own roles or ends the own account: another administrator does."
        if itself
        else "",
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _account_actions(reader: User, shown: User) -> list[dict[str, Any]]:
    if not policies.may_manage(reader, shown):
        return []
    ways = {"person-change": "Change name or email"}
    if shown.is_active:
        ways |= {"person-password": "Issue a one-time password", "person-end": "End the account…"}
    else:
        ways |= {"person-restore": "Open the account again…"}
    return [
        {
            "label": label,
            "url": reverse(f"accounts:{name}", args=[shown.pk]),
            "method": "get",
            "style": "danger" if name == "person-end" else "quiet",
        }
        for name, label in ways.items()
    ]


@dataclass(frozen=True)
class SiteRow:
    url: str
    name: str
    time_zone: str
    digest_at: Any
    people: int
    coordinators: int


def sites(user: User) -> list[SiteRow]:
    """`coordinators` counts those of every site too: they get the reminders of each."""
    working = Membership.objects.current().order_by()
    people = dict(
        working.values("site_id").annotate(n=Count("user_id", distinct=True)).values_list("site_id", "n")
    )
    held = working.filter(role=Role.COORDINATOR).values("site_id").annotate(n=Count("user_id", distinct=True))
    coordinators = dict(held.values_list("site_id", "n"))
    return [
        SiteRow(
            url=reverse("accounts:site", args=[one.pk]),
            name=one.name,
            time_zone=one.time_zone,
            digest_at=one.digest_at,
            people=people.get(one.pk, 0),
            coordinators=coordinators.get(one.pk, 0) + coordinators.get(None, 0),
        )
        for one in policies.sites_for(user)
    ]


@dataclass(frozen=True)
class SitePage:
    facts: list[dict[str, Any]]
    change_url: str
    people: list[tuple[str, str, str]]
    without_coordinator: bool
    history: list[histories.Entry]


def site(shown: Site) -> SitePage:
    here = Membership.objects.current().filter(Q(site=shown) | Q(site=None)).select_related("user", "site")
    memberships = sorted(here, key=lambda one: (str(one.user), one.role))
    return SitePage(
        facts=[
            {"label": "Time zone", "value": shown.time_zone},
            {"label": "Daily reminder at", "value": f"{shown.digest_at:%H:%M}"},
        ],
        change_url=reverse("accounts:site-change", args=[shown.pk]),
        people=[
            (
                str(one.user),
                Role(one.role).label + ("" if one.site else ", every site"),
                reverse("accounts:person", args=[one.user_id]),
            )
            for one in memberships
        ],
        without_coordinator=not any(one.role == Role.COORDINATOR for one in memberships),
        history=histories.of_site(shown),
    )
