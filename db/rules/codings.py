"""Coding a case a second time, without sight of the first, and settling what differs (docs/domain.md §2f)."""

from db.choices import Choice, DoctorView


class CodingStatus(Choice):
    """How a second coding stands, from when somebody was asked for it."""

    ASKED = "asked", "Waits"
    DECLINED = "declined", "Declined"
    TAKEN_BACK = "taken_back", "Taken back"
    HANDED_IN = "handed_in", "Handed in"
    LOST = "lost", "Ended, as they may not read the case any more"


class Settled(Choice):
    """What became of a finding that one coder chose and the other did not."""

    ADDED = "added", "Added as a finding"
    LEFT_OUT = "left_out", "Left out"
    KEPT = "kept", "Kept"
    WITHDRAWN = "withdrawn", "Withdrawn"


class DoctorSays(Choice):
    """What the doctor said of a finding they were shown."""

    AGREES = "agrees", "The doctor agrees"
    DISAGREES = "disagrees", "The doctor disagrees"
    ADDS = "adds", "The doctor agrees, and adds"


MOST_SAID = 2_000
# What may become of a difference: where only the second coder chose it, and where only the first did.
WAYS = {True: (Settled.ADDED, Settled.LEFT_OUT), False: (Settled.KEPT, Settled.WITHDRAWN)}
VIEW_OF = {
    DoctorSays.AGREES: DoctorView.AGREES,
    DoctorSays.ADDS: DoctorView.AGREES,
    DoctorSays.DISAGREES: DoctorView.DISAGREES,
}
# Changes that say which findings a case has: not shown to whoever codes it without sight of them.
OF_FINDINGS = frozenset(
    {
        *("add_finding", "correct_finding", "withdraw_finding"),
        *("settle_difference", "add_from_coding", "record_doctor_view"),
    }
)
