"""How lines that the record writes itself begin. The timeline tells them apart by this, and shows a stage move, a
finding or a document in full in place of the line that announces it."""

STAGE, FINDING = "Stage: ", "Finding coded: "
DEADLINE, NEXT_REVIEW = "Deadline ", "Next review: "
ADDED, WITHDRAWN = "Document added: ", "Document withdrawn: "


def document_added(description: str) -> str:
    return f"{ADDED}{description}."
