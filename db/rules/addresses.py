"""Whether a text is one email address. Checks only the form: nothing is looked up."""

from email_validator import EmailNotValidError, validate_email

from db.errors import CommandRefused

ONE_ADDRESS = "Use one full email address, such as name@example.org."
PLAIN_LETTERS = "Use plain letters without accents before the @. Many mail servers cannot send to other addresses."


def checked_address(text: str) -> str:
    """The address in the form it is kept in. Refuses, for the field `email`, anything but one address, and addresses
    that need a mail server with SMTPUTF8."""
    try:
        return validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise CommandRefused(PLAIN_LETTERS if is_address(text) else ONE_ADDRESS, field="email") from None


def is_address(text: str) -> bool:
    """Whether it is one address that some mail server could deliver to, in any alphabet."""
    try:
        validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def sending_form(address: str) -> str:
    """The address as mail servers expect it: in ASCII where possible."""
    found = validate_email(address.strip(), check_deliverability=False)
    return found.ascii_email or found.normalized
