"""Invented texts. No patient, no real person, no real place, and no story that anybody could recognise."""

FIRST_NAMES = (
    "Ada",
    "Bola",
    "Cara",
    "Dev",
    "Esme",
    "Farid",
    "Grace",
    "Hana",
    "Ivo",
    "Joss",
    "Kemi",
    "Leo",
    "Mina",
    "Noor",
    "Otis",
    "Priya",
    "Quin",
    "Rosa",
    "Sami",
    "Tess",
    "Uma",
    "Vera",
    "Wren",
    "Xan",
    "Yusuf",
    "Zoe",
)
SURNAMES = ("Example", "Sample", "Specimen", "Fiction", "Mock", "Invented", "Instance", "Placeholder")

TRIGGERS = (
    "Told of an allegation by letter, without any papers",
    "Sent home after a disagreement about staffing",
    "Named in a report after a difficult shift",
    "Counter-complaint received after raising a concern",
    "Asked to a meeting with two days’ notice",
    "Contract not renewed after a dispute",
    "Third investigation into the same events",
    "Training outcome disputed",
    "Referred to the regulator without warning",
    "Rota dispute became a conduct matter",
    "Return to work blocked after sick leave",
    "Complaint from a senior colleague",
    "Lost access to records and email overnight",
    "Reflective notes quoted in an allegation",
)
CONTEXTS = (
    "the doctor was covering two rotas",
    "no induction had been given",
    "no terms of reference have been sent",
    "the investigator works in the same department",
    "occupational health advice was not followed",
    "a comparable colleague was treated more lightly",
    "equipment faults had been reported before",
    "the deadline for a reply is near",
    "nobody has explained the process",
    "the doctor is new to the country",
    "the case manager has changed twice",
    "the policy in force is disputed",
)
ASKS = (
    "Wants help with a reply.",
    "Wants to know where they stand.",
    "Would like somebody to read the papers.",
    "Would like somebody with them at the next meeting.",
    "Would like a letter to the employer.",
    "Wants help with a chronology before seeing a lawyer.",
    "Does not want the employer approached yet.",
)
RARE = ("lanyard", "whiteboard", "semaphore", "turnstile", "clipboard", "switchboard")

REACHED = (
    "Spoke for half an hour, and went through what has happened since last time.",
    "Good call. The doctor has the papers and will list what is missing.",
    "Short call between shifts; dates confirmed against the letter.",
    "They answered our message: nothing new from the employer, still waiting.",
    "First call. Explained what we can and can’t do, and the limits of confidentiality.",
)
TRIED = (
    "Called at the agreed time, no answer. Will try again tomorrow evening.",
    "Sent a neutral message to the safe address; no reply yet.",
    "No answer on two evenings; left no message, as agreed.",
)
DOCUMENTS = (
    "Letter of allegation received; two enclosures are missing.",
    "Local policy received; its time limits are shorter than the national framework’s.",
    "Draft chronology received, eleven entries.",
    "Notes of the meeting received; they differ from the doctor’s own.",
    "Rota for the month received.",
    "Copy of the access request and its acknowledgement.",
)
NOTES = (
    "Compared the policy with what was done: three steps seem to be missing.",
    "Asked the second volunteer to look at the terms of reference.",
    "The doctor prefers messages to calls this month.",
    "Separated the doctor’s account from the facts in the chronology.",
    "Checked the working dates again, and asked for confirmation.",
)
DECISIONS = (
    "Agreed to write to the employer once consent is confirmed.",
    "Agreed not to approach anybody outside until after the meeting.",
    "Agreed to ask for the missing papers before any reply.",
    "Agreed that the union leads and we support.",
)
UPDATES = (
    "No change.",
    "Papers arrived; reading them this week.",
    "Meeting held; the doctor felt listened to. Written outcome to follow.",
    "The employer has asked for more time.",
    "Draft reply is with the doctor for comment.",
    "There is a new case manager.",
    "Date set; preparing with the doctor.",
)
SUPPORTS = (
    "Listened for an hour; that was what they wanted today.",
    "Went through the letter line by line.",
    "Practised the likely questions for the meeting.",
    "Put events in order together.",
)
ADVOCACY = (
    "Letter sent, asking for a reply within ten working days.",
    "Called their office, which promised the papers.",
    "Joint letter agreed with the union.",
)
BLOCKED = (
    "Missing papers",
    "No reply from the employer",
    "The doctor is unwell",
    "Waiting for a second reader",
)
HELP = (
    "Somebody who knows about training appeals",
    "Somebody else to read the reply",
    "Advice on whether to write now",
)

NEXT_ACTIONS = (
    "Call the doctor and go through the letter",
    "Ask the employer for the missing papers",
    "Draft the reply with the doctor",
    "Read the report and note what is missing",
    "Ask the union who is acting",
    "Follow up the access request",
    "Prepare for the meeting",
    "Check the working dates with an adviser",
    "Send the chronology to the doctor",
)
FIRST_ACTIONS = (
    "Triage: reply to the doctor, check time limits and conflicts",
    "Find a case lead",
    "Ask about representation and dates",
)
WAITS = (
    "The employer’s HR office",
    "The case manager",
    "The regulator",
    "The training office",
    "The union",
    "The doctor’s solicitor",
    "Occupational health",
)
OFFER_REASONS = (
    "Has room and knows this process.",
    "Knows this field; no known conflict.",
    "Has helped this doctor before.",
    "Most room this week.",
)
FLAG_REASONS = {
    "CRISIS": "The doctor said they are not coping. A lead was told the same day.",
    "HEARING": "There is a hearing within two weeks.",
    "LIMIT": "There is a legal limit within four weeks.",
    "EXCL": "Kept from work while the process runs.",
    "WB": "Reports being harmed for raising a concern.",
    "VISA": "Permission to stay depends on the post; referred to an adviser.",
    "POLICE": "A criminal inquiry is possible; a specialist lawyer has been asked.",
    "UNREP": "Nobody represents the doctor and a formal step is near.",
    "HOME": "Income has stopped.",
    "PSAFE": "A safety concern was disclosed; a lead was told.",
    "MEDIA": "A reporter has called the doctor.",
}
FINDING_NOTES = (
    "Seen in the papers.",
    "The doctor’s account; we have asked for the papers.",
    "Two documents say so.",
    "Accepted by the employer in writing.",
    "",
)
