"""Tables of ours that are not under audit, each with the reason. A test fails on one that is neither."""

EXCEPTIONS = {
    "accounts_formtoken": "A form's one-time token: says that a form was sent, holds nothing of what was in it.",
    "accounts_signinbrake": "Counts failed sign-ins, under a keyed hash of the name; forgotten after a while.",
    "accounts_user_groups": "Django's own, never written: rights come from memberships, which are audited.",
    "accounts_user_user_permissions": "Django's own, never written: rights come from memberships, which are audited.",
    "health_pulse": "When beat was last heard of; says something about the software only.",
    "patients_digest": "Outbox of reminder mails: what was sent, to whom and when is itself the record.",
    "patients_importedfile": "An upload between check and confirmation; what is stored of it is audited row by row.",
    "patients_reminder": "Ledger of reminders, derived from the plan, which is audited.",
    "patients_subjectcounter": "The last subject number given. Each number stands in the audited patients, where "
    "it is unique; the counter adds nothing to them, and a wrong one can only make an enrolment fail.",
    "reads_read": "Who read what: is itself a record that rows are only added to, also for the owner.",
    "patients_sweeplog": "When the last sweep ended; kept for a week.",
}
