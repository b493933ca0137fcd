"""Slows down failed sign-ins and codes: it delays somebody guessing, and never locks anybody out.

Failures are counted within WINDOW, by keyed hashes of the name typed and of the network address. What a stranger does
elsewhere must not decide whether somebody can sign in, so the wait that doubles is for one name from one address. Two
wider counts only reduce the free attempts: many failures from one address over all names, and many failures of one name
from other addresses. Under the second, somebody at an address that has never signed in to that account waits once, for
seconds, and then gets their turn whatever others do. Neither applies to an address that has signed in to the account
before, which never waits longer than MOST_WHERE_KNOWN. A clock that was set back lengthens no wait: failures that are
still to come count as of now.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from db import clock
from db.commands.record import vault_of
from db.models import SignInAttempt, SignInSession, Volunteer

FREE_ATTEMPTS = 5
FREE_FROM_ONE_ADDRESS = 20
# Failures of one name from other addresses: with so many, somebody is guessing it from many places.
UNDER_ATTACK = 20
FIRST_WAIT = timedelta(seconds=15)
WINDOW = timedelta(minutes=15)
MOST_WHERE_KNOWN = timedelta(minutes=1)
KNOWN_FOR = timedelta(days=90)


def seconds_to_wait(session: Session, *, name: str, address: str = "") -> int:
    """Seconds until this name may be tried from this address; 0 means now. The same for a name that nobody has.

    An empty address is unknown: then only the name counts. May write, so it needs a transaction.
    """
    moment = clock.now()
    hashed, place = _name_hash(session, name), address_hash(session, address)
    named, placed = SignInAttempt.name_hash == hashed, SignInAttempt.address_hash == place
    to_come = update(SignInAttempt).where(or_(named, placed), SignInAttempt.at > moment)
    session.execute(to_come.values(at=moment))
    own = and_(named, placed)
    tried, last, here, last_here, everywhere = session.execute(
        select(
            func.count().filter(own),
            func.max(SignInAttempt.at).filter(own),
            func.count().filter(placed),
            func.max(SignInAttempt.at).filter(placed),
            func.count().filter(named),
        ).where(or_(named, placed), SignInAttempt.at > moment - WINDOW)
    ).one()
    known = bool(place) and _has_signed_in_from(session, name, place)
    free = FREE_ATTEMPTS
    if not known and everywhere - tried >= UNDER_ATTACK:
        free = 1
        if not tried:
            note_failure(session, name=name, address=address)
            tried, last = 1, moment
    most = MOST_WHERE_KNOWN if known else WINDOW
    ready = [ready_after(tried - free, last, most)]
    if place and not known:
        ready.append(ready_after(here - FREE_FROM_ONE_ADDRESS, last_here, WINDOW))
    waits = [(until - moment).total_seconds() for until in ready if until is not None and until > moment]
    return max(1, round(max(waits))) if waits else 0


def ready_after(beyond: int, last: datetime | None, most: timedelta) -> datetime | None:
    """When the next attempt is allowed: the wait doubles with each failure beyond the free ones."""
    if last is None or beyond < 0:
        return None
    return last + min(most, FIRST_WAIT * (1 << min(beyond, 10)))


def note_failure(session: Session, *, name: str, address: str = "") -> None:
    """Records a failed attempt by keyed hashes, and deletes those that no longer count."""
    moment = clock.now()
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < moment - WINDOW))
    hashed, place = _name_hash(session, name), address_hash(session, address)
    session.add(SignInAttempt(name_hash=hashed, address_hash=place, at=moment))


def forget_failures(session: Session, *, name: str, address: str = "") -> None:
    """After a successful sign-in: deletes the failures from this address. Somebody guessing elsewhere stays slow."""
    hashed, place = _name_hash(session, name), address_hash(session, address)
    session.execute(delete(SignInAttempt).where(SignInAttempt.name_hash == hashed, SignInAttempt.address_hash == place))


def address_hash(session: Session, address: str) -> str:
    """A keyed hash; empty for no address. For IPv6 of the network, because one person has a whole network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    plain = parsed if parsed.version == 4 else ip_network((parsed, 64), strict=False).network_address
    return vault_of(session).keyed_hash(f"address {plain.exploded}")


def _has_signed_in_from(session: Session, name: str, place: str) -> bool:
    query = (
        select(SignInSession.id)
        .join(Volunteer, Volunteer.id == SignInSession.volunteer_id)
        .where(
            Volunteer.username == name.strip().lower()[:200],
            SignInSession.address_hash == place,
            SignInSession.created_at > clock.now() - KNOWN_FOR,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _name_hash(session: Session, name: str) -> str:
    return vault_of(session).keyed_hash("sign-in " + name.strip().lower()[:200])
