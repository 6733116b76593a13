"""Who may do what with a patient: role, site, state. `check_x` raises with a reason a person can act on; `may` answers.

Deny by default: a right that is not in the table is nobody's.
"""

from typing import Any

from patients.enums import PatientState
from patients.models.patient import READERS, Patient
from protocoltracker.accounts.access import Denied, access_of
from protocoltracker.accounts.models import Role
from protocoltracker.records import Refused

RIGHTS: dict[str, tuple[Role, ...]] = {
    "read": READERS,
    "read access log": (Role.DATA_MANAGER, Role.MONITOR),
    "enrol": (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR),
    "override version": (Role.INVESTIGATOR,),
    "accept unmet criterion": (Role.INVESTIGATOR,),
    "record treatment": (Role.NURSE, Role.INVESTIGATOR),
    "change course": (Role.NURSE, Role.INVESTIGATOR),
    "record assessment": (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR, Role.DATA_MANAGER),
    "record event": (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR),
    "mark enrolled in error": (Role.INVESTIGATOR, Role.DATA_MANAGER),
    "read outcomes": READERS,
    "import patients": (Role.DATA_MANAGER,),
    "enter past course": (Role.INVESTIGATOR, Role.DATA_MANAGER),
    "resume treatment": (Role.INVESTIGATOR,),
}

WORDS = {
    "read": "read this patient’s record",
    "read access log": "see who read a patient’s record",
    "enrol": "enrol a patient",
    "override version": "choose another protocol version than the one in force",
    "accept unmet criterion": "enrol a patient who does not meet a criterion",
    "record treatment": "record treatment",
    "change course": "skip, repeat or end cycles",
    "record assessment": "record assessments",
    "record event": "record events",
    "mark enrolled in error": "mark a patient as enrolled in error",
    "read outcomes": "read the outcomes",
    "import patients": "import patients",
    "enter past course": "enter the doses of a past course",
    "resume treatment": "resume the treatment of a former patient",
}


def _roles_in_words(right: str) -> str:
    return " or ".join(role.label.lower() for role in RIGHTS[right])


def may(user: Any, right: str, *, site: Any = None) -> bool:
    """True when `user` has `right` at `site` (a Site or its id; None: anywhere)."""
    return access_of(user).has(RIGHTS[right], getattr(site, "pk", site))


def check(user: Any, right: str, *, site: Any = None) -> None:
    if not may(user, right, site=site):
        raise Denied(
            f"You may not {WORDS[right]} at this site. It takes the role {_roles_in_words(right)}: "
            "ask one of them, or ask an administrator for the role."
        )


def may_everywhere(user: Any, right: str) -> bool:
    """True when `user` has `right` at every site: what reaches beyond single sites takes that."""
    return bool(access_of(user).everywhere.intersection(RIGHTS[right]))


def check_right(user: Any, right: str, patient: Patient) -> None:
    """`right` for a patient: the role at the patient's own site."""
    check(user, right, site=patient.site_id)


def may_for(user: Any, right: str, patient: Patient) -> bool:
    return may(user, right, site=patient.site_id)


def check_treatable(patient: Patient) -> None:
    """New cycles are opened, and plans changed, only while the patient is on treatment."""
    if patient.state != PatientState.ON_TREATMENT:
        raise Refused(
            f"Patient {patient} is “{PatientState(patient.state).label}”: the plan is closed. "
            "Undo the event that closed it if that was a mistake."
        )
