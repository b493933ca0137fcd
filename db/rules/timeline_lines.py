"""How lines that the record writes itself begin. The timeline tells them apart by this, and shows a stage move, a
finding or a document in full in place of the line that announces it."""

STAGE, FINDING = "Stage: ", "Finding coded: "
DEADLINE, NEXT_REVIEW = "Deadline ", "Next review: "
SECOND_CODING, SETTLED = "Second coding ", "Coding settled: "
CORRECTED_FINDING, DOCTORS_VIEW = "Corrected: Finding: ", "The doctor’s view: "
# Lines that say which findings a case has: not for whoever codes it without sight of them.
OF_FINDINGS, TOUCHED = (FINDING, SETTLED, CORRECTED_FINDING, DOCTORS_VIEW), "said to have touched the finding "
ADDED, WITHDRAWN = "Document added: ", "Document withdrawn: "


def document_added(description: str) -> str:
    return f"{ADDED}{description}."


def says_findings(line: str) -> bool:
    """Whether a line of the timeline tells which findings the case has."""
    return line.startswith(OF_FINDINGS) or TOUCHED in line
