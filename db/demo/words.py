"""Invented words. No patient, no real person, no real place, and no story that anybody could recognise."""

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
    "Told of an allegation by letter without papers",
    "Sent home after a disagreement about staffing",
    "Named in a report after a difficult shift",
    "Counter-complaint received after raising a concern",
    "Asked to a meeting at two days’ notice",
    "Contract not renewed after a dispute",
    "Third investigation of the same events",
    "Training outcome disputed",
    "Referred to the regulator without warning",
    "Rota dispute became a conduct matter",
    "Return to work blocked after sick leave",
    "Complaint by a senior colleague",
    "Access to records and mail withdrawn overnight",
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
    "the deadline for a reply is close",
    "nobody has explained the process",
    "the doctor is new to the country",
    "the case manager has changed twice",
    "the policy in force is disputed",
)
ASKS = (
    "Wants help with a reply.",
    "Wants to know where they stand.",
    "Asks for somebody to read the papers.",
    "Wants company at the next meeting.",
    "Asks for a letter to the employer.",
    "Wants a chronology before seeing a lawyer.",
    "Does not want the employer approached yet.",
)
RARE = ("lanyard", "whiteboard", "semaphore", "turnstile", "clipboard", "switchboard")

REACHED = (
    "Spoke for half an hour; went through what has happened since last time.",
    "Good call. The doctor has the papers and will list what is missing.",
    "Short call between shifts; dates confirmed against the letter.",
    "Message answered: nothing new from the body, still waiting.",
    "First call. Explained what we can and cannot do, and the limits of confidentiality.",
)
TRIED = (
    "Rang at the agreed time, no answer. Will try again tomorrow evening.",
    "Sent a neutral message to the safe address; no reply yet.",
    "No answer on two evenings; left no message, as agreed.",
)
DOCUMENTS = (
    "Letter of allegation received; two enclosures are missing.",
    "Local policy received; it sets shorter times than the national framework.",
    "Draft chronology received, eleven entries.",
    "Notes of the meeting received; they differ from the doctor’s own.",
    "Rota for the month received.",
    "Copy of the access request and its acknowledgement.",
)
NOTES = (
    "Read the policy against what was done: three steps seem to be missing.",
    "Asked the second volunteer to look at the terms of reference.",
    "The doctor would rather be written to than rung this month.",
    "Account and facts kept apart in the chronology.",
    "Checked the working dates again; confirmation asked for.",
)
DECISIONS = (
    "Agreed to write to the employer once consent is confirmed.",
    "Agreed not to approach anybody outside until the meeting has taken place.",
    "Agreed to ask for the missing papers before any reply.",
    "Agreed that the union leads and we support.",
)
UPDATES = (
    "No change.",
    "Papers arrived; reading them this week.",
    "Meeting held; the doctor was listened to. Outcome in writing to follow.",
    "The body has asked for more time.",
    "Draft reply is with the doctor for comment.",
    "The body has changed the person in charge.",
    "Date set; preparing with the doctor.",
)
SUPPORTS = (
    "An hour of listening, nothing else wanted today.",
    "Went through the letter line by line.",
    "Practised the likely questions for the meeting.",
    "Put events in order together.",
)
ADVOCACY = (
    "Letter sent; reply asked for within ten working days.",
    "Call with the body’s office; papers promised.",
    "Joint letter agreed with the union.",
)
BLOCKED = (
    "Missing papers",
    "No reply from the body",
    "The doctor is unwell",
    "Waiting for a second reader",
)
HELP = (
    "Somebody who knows the training appeal",
    "A second pair of eyes on the reply",
    "Advice on whether to write now",
)

NEXT_ACTIONS = (
    "Call the doctor and go through the letter",
    "Ask the body for the missing papers",
    "Draft the reply with the doctor",
    "Read the report and note what is missing",
    "Ask the union who is acting",
    "Chase the answer to the access request",
    "Prepare for the meeting",
    "Check the working dates with an adviser",
    "Send the chronology to the doctor",
)
FIRST_ACTIONS = (
    "Triage: reply to the doctor, check limit dates and conflicts",
    "Find a case lead",
    "Ask for representation and dates",
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
    "Knows the field; no conflict known.",
    "Has helped this doctor before.",
    "Most room this week.",
)
FLAG_REASONS = {
    "CRISIS": "The doctor said they are not coping. Lead told the same day.",
    "HEARING": "A hearing falls within the coming two weeks.",
    "LIMIT": "A legal limit falls within the coming four weeks.",
    "EXCL": "Kept from work while the process runs.",
    "WB": "Reports being harmed for raising a concern.",
    "VISA": "Permission to stay depends on the post; adviser named.",
    "POLICE": "A criminal inquiry is possible; specialist lawyer asked.",
    "UNREP": "Nobody is acting and a formal step is near.",
    "HOME": "Income has stopped.",
    "PSAFE": "A safety concern was disclosed; lead told.",
    "MEDIA": "A reporter has rung the doctor.",
}
FINDING_NOTES = (
    "Seen in the papers.",
    "The doctor’s account; papers asked for.",
    "Two documents say so.",
    "Accepted by the body in writing.",
    "",
)
