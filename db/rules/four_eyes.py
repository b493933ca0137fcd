"""What takes two people, and its numbers."""

from db.choices import Choice

# What was asked of a second lead and not answered lapses after this many days.
APPROVAL_DAYS = 14
# A volunteer who declares two employers within this many days could be looking for whose cards vanish.
DECLARATION_DAYS = 30


class ApprovalKind(Choice):
    """What takes a second lead where there is one."""

    ADD_ACCOUNT = "add_account", "A new account"
    CHANGE_ACCOUNT = "change_account", "A change to an account"
    LINK = "link", "A one-time link"
    LET_BACK_IN = "let_back_in", "Letting somebody back in"
    RESET_FACTOR = "reset_factor", "A second factor taken away"
    DEACTIVATE = "deactivate", "The end of a lead’s account"
    END_AFFILIATION = "end_affiliation", "The end of an employment"
    REMOVE_PARTY = "remove_party", "A name taken off a case"


class ApprovalOutcome(Choice):
    """What became of something that was asked."""

    WAITING = "waiting", "Waits for a second lead"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Taken back"
    LAPSED = "lapsed", "Lapsed"
    ALONE = "alone", "Done by one lead alone"
