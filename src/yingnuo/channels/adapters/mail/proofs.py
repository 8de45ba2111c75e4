"""Is a mail from whom it says it is?

Two ways to know: by our own look when the mail came by SMTP (SPF, DKIM, DMARC), or by the Authentication-Results of the
server whose mailbox we read, when an administrator has named it as trusted (RFC 8601). The verdict cries no wolf: a
mail has failed only where its domain publishes that such mail is to be refused; without proof it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import authres
import dkim
import spf

from yingnuo.channels.adapters.mail import dns, headers, mime
from yingnuo.channels.adapters.mail.dns import Resolver, Trouble

VERIFIED, FAILED, UNKNOWN = "verified", "failed", "unknown"
_STRICT_POLICIES = ("quarantine", "reject")
_POLICY = re.compile(
    r"(?<![\w.-])(?:p|policy\.dmarc|policy\.published-domain-policy)=(quarantine|reject)\b", re.IGNORECASE
)
_MOST_SIGNATURES = 5
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found. `checks`: spf, dkim, dmarc with their results; `domain` is that of the From header."""

    verdict: str = UNKNOWN
    domain: str = ""
    by: str = ""  # who looked: our own name, or the trusted server's
    checks: Mapping[str, str] = field(default_factory=dict)
    results: tuple[str, ...] = ()  # the same in the words of RFC 8601, with what each speaks of


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the other server said before it gave the mail."""

    ip: str
    helo: str
    sender: str


def looked_at(raw: bytes, envelope: Envelope, *, by: str, resolver: Resolver = dns.ask) -> Proof:
    """Our own look at a mail that came by SMTP. Never raises for what a mail or a name server says."""
    ask = dns.Budget(resolver)
    domain = _from_domain(raw)
    spf_result, spf_domain = _spf(envelope, ask)
    dkim_result, signers = _dkim(raw, ask)
    proven = {spf_domain} if spf_result == "pass" else set()
    proven |= set(signers)
    dmarc, policy = _dmarc(domain, proven, ask)
    checks = {"spf": spf_result, "dkim": dkim_result, "dmarc": dmarc}
    unsure = "temperror" in (spf_result, dkim_result)
    results = [f"spf={spf_result} smtp.mailfrom={spf_domain}", *(f"dkim=pass header.d={d}" for d in signers)]
    results += [] if signers else [f"dkim={dkim_result}"]
    results.append(f"dmarc={dmarc} (p={policy or 'none'}) header.from={domain}")
    verdict = _verdict(dmarc, policy, _aligned(domain, proven), unsure=unsure)
    return Proof(verdict, domain, by, checks, tuple(results))


def _verdict(dmarc: str, policy: str, aligned: bool, *, unsure: bool = False) -> str:
    if dmarc == "pass" or (dmarc != "fail" and aligned):
        return VERIFIED
    return FAILED if dmarc == "fail" and policy in _STRICT_POLICIES and not unsure else UNKNOWN


def _from_domain(raw: bytes) -> str:
    boxes = headers.mailboxes(mime.split(raw[: mime.MAX_HEADER_BYTES], mime.Survey()).first("from"))
    return _ascii(boxes[0].address.rpartition("@")[2]) if len(boxes) == 1 else ""


def _ascii(domain: str) -> str:
    try:
        return domain.lower().encode("idna").decode()
    except UnicodeError:
        return ""


class _Spf(spf.query):  # type: ignore[misc]  # pyspf has no types
    """pyspf with name servers of our choosing."""

    def __init__(self, envelope: Envelope, ask: Resolver) -> None:
        super().__init__(i=envelope.ip, s=envelope.sender, h=envelope.helo)
        self._ask = ask

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        try:
            found = list(self._ask(str(name), qtype)) if qtype != "SPF" else []
        except Trouble as error:
            raise spf.TempError(str(error)) from error
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many void lookups")
        return [(value,) if qtype == "TXT" else value for value in found]


def _spf(envelope: Envelope, ask: Resolver) -> tuple[str, str]:
    """(result, the domain it speaks of)."""
    domain = _ascii(envelope.sender.rpartition("@")[2] or envelope.helo)
    try:
        return str(_Spf(envelope, ask).check()[0]), domain
    except (ValueError, IndexError, UnicodeError, Trouble):  # an address or a record that pyspf chokes on
        return "permerror", domain


def _dkim(raw: bytes, ask: Resolver) -> tuple[str, list[str]]:
    """(the best result, the domains whose signatures hold)."""

    def key(name: bytes, **_more: object) -> bytes | None:
        found = ask(name.decode("ascii", "replace"), "TXT")
        return bytes(found[0]) if found else None

    try:
        signed = dkim.DKIM(raw)
    except (dkim.DKIMException, ValueError, IndexError):  # no mail as RFC 5322 has it
        return "none", []
    count = sum(1 for name, _value in signed.headers if name.lower() == b"dkim-signature")
    results, domains = [], []
    for index in range(min(count, _MOST_SIGNATURES)):
        result = _one_signature(signed, index, key)
        results.append(result)
        if result == "pass":
            domains.append(_ascii(signed.domain.decode("ascii", "replace")))
    best = next((r for r in ("pass", "temperror", "fail", "permerror") if r in results), "none")
    return best, domains


def _one_signature(signed: dkim.DKIM, index: int, key: Any) -> str:
    try:
        return "pass" if signed.verify(index, dnsfunc=key) else "fail"
    except Trouble:
        return "temperror"
    except dkim.ValidationError:
        return "fail"
    except (dkim.DKIMException, ValueError, IndexError, KeyError, TypeError):  # signatures and keys of any shape
        return "permerror"


def _dmarc(domain: str, proven: set[str], ask: Resolver) -> tuple[str, str]:
    """(result, published policy)."""
    if not domain:
        return "none", ""
    try:
        home, record, tags = _organisation(domain, ask)
        if not record:
            return "none", ""
        relaxed = any(d and (d == domain or _organisation(d, ask)[0] == home) for d in proven)
    except Trouble:
        return "temperror", ""
    policy = tags.get("sp", tags.get("p", "")) if record != domain else tags.get("p", "")
    return ("pass" if relaxed else "fail"), policy.lower()


def _organisation(domain: str, ask: Resolver) -> tuple[str, str, dict[str, str]]:
    """(organisational domain, where the nearest record stands, its tags), found by walking up (DMARCbis)."""
    labels = domain.split(".")
    names = [".".join(labels[i:]) for i in range(max(0, len(labels) - _MOST_LABELS), len(labels) - 1)]
    names = list(dict.fromkeys([domain, *names]))
    home, nearest, tags = "", "", {}
    for name in names:
        found = _record(name, ask)
        if not found:
            continue
        if not nearest:
            nearest, tags = name, found
        if found.get("psd") == "y":
            break
        home = name
        if found.get("psd") == "n":
            break
    return home or domain, nearest, tags


def _record(name: str, ask: Resolver) -> dict[str, str]:
    rows = [bytes(value) for value in ask(f"_dmarc.{name}", "TXT")]
    records = [row.decode("ascii", "replace") for row in rows if row.lower().startswith(b"v=dmarc1")]
    if len(records) != 1:
        return {}
    pairs = (part.partition("=") for part in records[0].split(";"))
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs if name.strip()}


def _aligned(domain: str, proven: set[str]) -> bool:
    """Whether a proven domain is the sender's own or one above or below it. For domains that publish no policy."""
    return bool(domain) and any(d and "." in d and _kin(d, domain) for d in proven)


def _kin(a: str, b: str) -> bool:
    return a == b or a.endswith(f".{b}") or b.endswith(f".{a}")


def as_header(proof: Proof) -> bytes:
    """The Authentication-Results that we write above a mail we looked at."""
    lines = ";\r\n\t".join((proof.by, *proof.results))
    return f"Authentication-Results: {lines}\r\n".encode("ascii", "replace")


def told_by(raw: bytes, trusted: str) -> Proof:
    """What the trusted server wrote above the mail; unknown where it wrote nothing, or none is trusted."""
    if not trusted:
        return Proof()
    mail = mime.split(raw[: mime.MAX_HEADER_BYTES], mime.Survey())
    boxes = headers.mailboxes(mail.first("from"))
    domain = _ascii(boxes[0].address.rpartition("@")[2]) if len(boxes) == 1 else ""
    for value in mail.all("authentication-results"):
        results = _parsed(value)
        if results is not None and str(results.authserv_id or "").lower() == trusted.lower():
            return _read(results, domain, headers.text(value))
    return Proof(domain=domain)


def _parsed(value: bytes) -> Any:
    try:
        return authres.AuthenticationResultsHeader.parse_value(headers.text(value))
    except (authres.AuthResError, ValueError):
        return None


def _read(results: Any, domain: str, written: str) -> Proof:
    """The first DMARC result counts; without one, what is proven and aligned."""
    checks: dict[str, str] = {}
    proven = set()
    for result in results.results:
        name = str(result.method).lower()
        if name not in ("spf", "dkim", "dmarc"):
            continue
        said = str(result.result).lower()
        if checks.get(name) != "pass":
            checks[name] = said
        if said == "pass" and name != "dmarc":
            proven.add(_domain_of(result))
    policy = _policy(written)
    verdict = _verdict(checks.get("dmarc", "none"), policy, _aligned(domain, proven))
    return Proof(verdict, domain, str(results.authserv_id), checks)


def _policy(written: str) -> str:
    """The published policy as servers tell it: (p=REJECT …) or policy.dmarc=reject; untold counts as none."""
    told = _POLICY.search(written)
    return told[1].lower() if told else ""


def _domain_of(result: Any) -> str:
    """What a result speaks of: header.d, header.i or smtp.mailfrom."""
    named = {f"{p.type}.{p.name}": str(p.value) for p in result.properties}
    told = next((named[n] for n in ("header.d", "header.i", "smtp.mailfrom", "smtp.mail") if n in named), "")
    return _ascii(told.rpartition("@")[2])
