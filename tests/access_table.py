"""Who may open what: every address of the product with what each role meets there, by GET and by POST.

Written down apart from the code; tests/test_urls_by_role.py walks it. A new address needs a row here.
"""

from dataclasses import dataclass, field
from typing import Any

from protocoltracker.accounts.models import Role

NURSE, COORDINATOR, INVESTIGATOR = Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR
DATA_MANAGER, MONITOR, ADMINISTRATOR = Role.DATA_MANAGER, Role.MONITOR, Role.ADMINISTRATOR
READERS = {NURSE, COORDINATOR, INVESTIGATOR, DATA_MANAGER, MONITOR}
TREAT = {NURSE, INVESTIGATOR}
ENROL = {NURSE, COORDINATOR, INVESTIGATOR}
ASSESS = {NURSE, COORDINATOR, INVESTIGATOR, DATA_MANAGER}
EVENT = {NURSE, COORDINATOR, INVESTIGATOR}
IN_ERROR = {INVESTIGATOR, DATA_MANAGER}


@dataclass(frozen=True)
class Actor:
    """A role at the site that owns what is asked for, at another site, or at every site; role None: none at all."""

    role: Role | None
    where: str = ""

    def __str__(self) -> str:
        return f"{self.role or 'no role'} {self.where}".strip()


ACTORS = [
    *(Actor(role, where) for role in Role for where in ("own", "other")),
    Actor(ADMINISTRATOR, "every"),
    Actor(MONITOR, "every"),
    Actor(DATA_MANAGER, "every"),
    Actor(None),
]


class Rule:
    """What an actor meets: open, refused (403), missing (404), elsewhere (sent to the welcome page), no such method."""

    def meets(self, actor: Actor) -> set[str]:
        raise NotImplementedError


class Everybody(Rule):
    def meets(self, actor: Actor) -> set[str]:
        return {"open"}


class Tells(Rule):
    """Everybody, signed in or not; it says by its code whether all is well."""

    def meets(self, actor: Actor) -> set[str]:
        return {"open", "a fault: 503"}


class SignsOut(Rule):
    def meets(self, actor: Actor) -> set[str]:
        return {"sign in"}


class GoesHome(Rule):
    """To where the work of the role begins."""

    def meets(self, actor: Actor) -> set[str]:
        return {"open" if actor.role else "elsewhere"}


class Nobody(Rule):
    """The method does not exist there; whoever may not come there at all may also be told that."""

    def meets(self, actor: Actor) -> set[str]:
        return {"no such method", "refused", "missing", "elsewhere"}


@dataclass(frozen=True)
class Anywhere(Rule):
    """Open to whoever has one of the roles at any site: each sees the own sites alone."""

    roles: set[Role]
    others: str = "refused"

    def meets(self, actor: Actor) -> set[str]:
        return {"open" if actor.role in self.roles else self.others}


@dataclass(frozen=True)
class OfPatient(Rule):
    """Open to the roles at the patient's site; its other readers are refused, everybody else finds nothing."""

    roles: set[Role]

    def meets(self, actor: Actor) -> set[str]:
        if actor.role not in READERS or actor.where == "other":
            return {"missing"}
        return {"open"} if actor.role in self.roles else {"refused"}


class OfAdministrator(Rule):
    """Open to the administrators of the site; to those of another site it is missing."""

    def meets(self, actor: Actor) -> set[str]:
        if actor.role != ADMINISTRATOR:
            return {"refused"}
        return {"missing"} if actor.where == "other" else {"open"}


class OfTrialAdministrator(Rule):
    def meets(self, actor: Actor) -> set[str]:
        return {"open"} if (actor.role, actor.where) == (ADMINISTRATOR, "every") else {"refused"}


class OfUpload(Rule):
    """A file that waits is for the person who sent it: to other data managers it is missing."""

    def meets(self, actor: Actor) -> set[str]:
        if actor.role != DATA_MANAGER:
            return {"refused"}
        return {"open"} if actor.where == "own" else {"missing"}


@dataclass(frozen=True)
class Row:
    """An address with what GET and POST meet; `about` fills in what the address names, beyond `World.named`."""

    name: str
    get: Rule
    post: Rule = field(default_factory=Nobody)
    about: dict[str, Any] = field(default_factory=dict)
    signed_out: bool = False  # open without signing in

    def __str__(self) -> str:
        return self.name + "".join(f" {value}" for value in self.about.values())


def form(name: str, rule: Rule, **about: Any) -> Row:
    return Row(name, rule, rule, about)


def of_kind(kind: str, roles: set[Role]) -> list[Row]:
    """The pages of one kind of record. Who may not change a record reads its history instead."""
    named = {"slug": kind, "pk": f"{kind}-patient", "record_pk": f"{kind}-record"}
    return [
        Row("patients:record-list", OfPatient(READERS), about={"slug": kind}),
        form("patients:record-add", OfPatient(roles), slug=kind),
        Row("patients:record-edit", OfPatient(READERS), OfPatient(roles), named),
        Row("patients:record-in-error", OfPatient(roles), OfPatient(roles), named),
        Row("patients:record-history", OfPatient(READERS), about=named),
    ]


TABLE = [
    # signing in, the own settings
    Row("sign-in", GoesHome(), GoesHome(), signed_out=True),
    Row("sign-out", Nobody(), SignsOut(), signed_out=True),
    Row("healthz", Tells(), signed_out=True),
    Row("more", Everybody()),
    form("accounts:profile", Everybody()),
    form("accounts:password", Everybody()),
    Row("accounts:welcome", Everybody()),
    Row("accounts:switch-site", Nobody(), GoesHome()),
    # people and sites
    Row("accounts:people", Anywhere({ADMINISTRATOR})),
    form("accounts:person-add", Anywhere({ADMINISTRATOR})),
    Row("accounts:person", OfAdministrator()),
    form("accounts:person-change", OfAdministrator()),
    form("accounts:person-password", OfAdministrator()),
    form("accounts:person-end", OfAdministrator()),
    form("accounts:person-restore", OfAdministrator()),
    form("accounts:role-give", OfAdministrator()),
    form("accounts:role-end", OfAdministrator()),
    Row("accounts:sites", Anywhere({ADMINISTRATOR})),
    form("accounts:site-add", OfTrialAdministrator()),
    Row("accounts:site", OfAdministrator()),
    form("accounts:site-change", OfAdministrator()),
    Row("accounts:rights", Everybody()),
    Row("accounts:rights-on", Anywhere({ADMINISTRATOR, MONITOR})),
    Row("system", Anywhere({ADMINISTRATOR})),
    # the protocol: everybody reads it
    Row("regimens:list", Everybody()),
    Row("regimens:version", Everybody()),
    Row("regimens:text", Everybody()),
    form("regimens:approve", OfAdministrator()),
    # the ward
    Row("worklist", Anywhere(READERS, others="elsewhere")),
    Row("find", Everybody()),
    Row("patients:list", Anywhere(READERS)),
    form("patients:enrol", Anywhere(ENROL)),
    Row("patients:enrol-derived", Nobody(), Anywhere(ENROL)),
    Row("reminders:list", Anywhere(READERS)),
    Row("reminders:outbox", Anywhere(READERS)),
    Row("reminders:message", OfPatient(READERS), about={"pk": "digest"}),
    Row("reminders:message-html", OfPatient(READERS), about={"pk": "digest"}),
    # former patients out of a file
    form("imports:list", Anywhere({DATA_MANAGER})),
    Row("imports:file", OfUpload(), about={"pk": "upload"}),
    Row("imports:findings", OfUpload(), about={"pk": "upload"}),
    Row("imports:store", Nobody(), OfUpload(), about={"pk": "upload"}),
    Row("imports:give-up", Nobody(), OfUpload(), about={"pk": "upload"}),
    # outcomes: each of the own sites alone
    Row("outcomes:dashboard", Anywhere(READERS)),
    Row("outcomes:patients", Anywhere(READERS)),
    Row("outcomes:values", Anywhere(READERS)),
    Row("outcomes:table", Anywhere(READERS), about={"name": "os"}),
    # one patient
    Row("patients:detail", OfPatient(READERS)),
    Row("patients:schedule", OfPatient(READERS)),
    Row("patients:reads", OfPatient({DATA_MANAGER, MONITOR})),
    Row("patients:enrolment", OfPatient(READERS)),
    Row("patients:history", OfPatient(READERS)),
    Row("patients:row-history", OfPatient(READERS), about={"what": "cycle", "row_pk": "cycle_pk"}),
    form("patients:enrolled-in-error", OfPatient(IN_ERROR)),
    form("patients:closure-undo", OfPatient(EVENT), pk="death-patient", closure_pk="death-closure"),
    # one who was treated before this record
    form("patients:past-course", OfPatient({INVESTIGATOR, DATA_MANAGER}), pk="former"),
    form("patients:resume", OfPatient({INVESTIGATOR}), pk="former"),
    # treatment
    Row("patients:cycle", OfPatient(READERS), OfPatient(TREAT)),
    Row("patients:record-cycle", Nobody(), OfPatient(TREAT)),
    form("patients:record-unscheduled", OfPatient(TREAT)),
    *(
        form("patients:change-course", OfPatient(TREAT), kind=kind)
        for kind in ("skip", "repeat", "end-phase")
    ),
    form("patients:record-dose", OfPatient(TREAT)),
    Row("patients:give", Nobody(), OfPatient(TREAT)),
    form("patients:end-dose", OfPatient(TREAT)),
    form("patients:correct-dose", OfPatient(TREAT)),
    form("patients:take-back", OfPatient(TREAT)),
    Row("patients:undo-dose", Nobody(), OfPatient(TREAT)),
    form("patients:undo-course", OfPatient(TREAT)),
    # records
    *of_kind("mrd", ASSESS),
    *of_kind("vod", EVENT),
    *(form("patients:record-add", OfPatient(ASSESS), slug=kind) for kind in ("response", "last-contact")),
    form("patients:record-add", OfPatient(ASSESS), slug="past-treatment", pk="former"),
    *(
        form("patients:record-add", OfPatient(EVENT), slug=kind)
        for kind in ("hct", "relapse", "death", "withdrawal", "off-treatment")
    ),
]
