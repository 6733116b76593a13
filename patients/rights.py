"""The rights of this room for the page of roles and rights: from the table that decides, with conditions in words."""

from patients.policies import RIGHTS, WORDS
from protocoltracker.accounts.rights import Section, right

OPEN_RECORD = "Not for a patient marked as enrolled in error. A change takes a reason."
CONDITIONS = {
    "read": "Patients of other sites answer like missing ones. Pages that identify a patient note who read them.",
    "read access log": "",
    "enrol": "After consent, with every criterion answered.",
    "override version": "With a reason.",
    "accept unmet criterion": "With an explanation at the criterion.",
    "record treatment": "In a cycle that was opened with height and weight. Drugs for two pairs of eyes never by one "
    "click. A correction takes a reason.",
    "change course": "While the patient is on treatment, with a reason.",
    "record assessment": OPEN_RECORD,
    "record event": OPEN_RECORD + " What an event closes is shown before it is saved, and can be undone.",
    "mark enrolled in error": "With a reason. Nothing is deleted, and it can be undone.",
    "read outcomes": "Of the own sites.",
    "import patients": "All rows of a file or none.",
    "enter past course": "For a patient who was treated before this record began.",
    "resume treatment": "For a patient who was treated before this record began.",
}


def sections() -> list[Section]:
    words = WORDS | {"read": "read a patient’s record"}
    found = tuple(right(words[name], roles, CONDITIONS.get(name, "")) for name, roles in RIGHTS.items())
    note = "At the sites where the role holds. Whoever has no role there finds no such patient."
    return [Section("Patients", note, found)]
