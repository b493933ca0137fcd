"""What needs a second lead, and its time limits."""

from db.choices import Choice

# A request to a second lead lapses after this many days without an answer.
APPROVAL_DAYS = 14
# Somebody who declares two employers within this many days could be testing which cards vanish.
DECLARATION_DAYS = 30


class ApprovalKind(Choice):
    """What needs a second lead, where there is one."""

    ADD_ACCOUNT = "add_account", "A new account"
    CHANGE_ACCOUNT = "change_account", "A change to an account"
    LINK = "link", "A one-time link"
    LET_BACK_IN = "let_back_in", "Letting somebody back in"
    RESET_FACTOR = "reset_factor", "Resetting two-step sign-in"
    DEACTIVATE = "deactivate", "Ending a lead’s account"
    END_AFFILIATION = "end_affiliation", "Ending an employer or link"
    REMOVE_PARTY = "remove_party", "Removing a name from a case"
    LIFT_KEPT = "lift_kept", "Letting somebody see a corrected case"


class ApprovalOutcome(Choice):
    """What became of a request."""

    WAITING = "waiting", "Waiting for a second lead"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Taken back"
    LAPSED = "lapsed", "Lapsed"
    ALONE = "alone", "Done by the only lead"
