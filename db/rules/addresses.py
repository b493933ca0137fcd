"""Whether a text is one e-mail address. Nobody is asked: no name is looked up anywhere."""

from email_validator import EmailNotValidError, validate_email

from db.errors import CommandRefused

ONE_ADDRESS = "Use one full e-mail address, such as name@example.org."
PLAIN_LETTERS = (
    "Before the @, use plain letters without accents: many mail servers, perhaps ours, cannot send to any other."
)


def checked_address(text: str) -> str:
    """The address as it is kept: one person has one. Refuses, naming the field `email`, what is not one address,
    and what only mail servers with SMTPUTF8 take."""
    try:
        return validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise CommandRefused(PLAIN_LETTERS if is_address(text) else ONE_ADDRESS, field="email") from None


def is_address(text: str) -> bool:
    """Whether some mail server could take a letter for it: one address, of whichever letters."""
    try:
        validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def sending_form(address: str) -> str:
    """The address as mail servers take it: a name in letters of other scripts is written in ASCII where it can be."""
    found = validate_email(address.strip(), check_deliverability=False)
    return found.ascii_email or found.normalized
