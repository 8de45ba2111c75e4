"""What company, and how many tickets, does a bench find there already?

The company is made through the product's own models: 4 regions, 5 departments, 20 teams, 50 agents, 2,000 customers,
the default pack of promises, 20 rules. Tickets are made by SQL from a number each, with the columns, promises and
ledger rows that the front door would write: all open, of the last ninety days, one in seven without an agent, due from
tomorrow on over thirty days. One ticket (`TALK`) has twenty messages. What else a house has lies in `beside`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from time import perf_counter

from django.db import connection, transaction

from bench import beside, stage
from bench.stage import Stage
from yingnuo.channels import accept
from yingnuo.channels.models import ChannelKind
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants, revisions
from yingnuo.people import services as people
from yingnuo.people.models import Company, Contact, Department, Presence, Region, Role, Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.standards import copies_of
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import ProductLine

TEAMS, AGENTS, CUSTOMERS, REGIONS, LINES, RULES = 20, 50, 2_000, 4, 8, 20
TALK = 17  # the id of the ticket with twenty messages
PIECE = 100_000
_LADDER = (
    {"step": "warn", "before": 1800, "share": 0.5, "to": ["holder", "lead"], "by": ["in_app", "mail"], "ack": 900},
    {"step": "warn-up", "unacknowledged": "warn", "to": ["lead", "department_head"], "by": ["in_app", "mail"]},
    {"step": "broken", "after": 0, "to": ["holder", "lead"], "by": ["in_app", "mail", "sms"]},
)


def name(count: int) -> str:
    """The name of the database that holds so many tickets."""
    return f"bench_{count}"


def house(here: Stage, count: int) -> str:
    """The database with the company, `count` tickets and what lies beside them, made when it is not there; its name."""
    database = name(count)
    if not stage.exists(here, database):
        begun = perf_counter()
        stage.create(here, database)
        stage.use(database)
        company()
        tickets(count)
        beside.made()
        print(f"     filled {database} in {perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return database


def company(*, now: datetime | None = None) -> None:
    """Everybody and everything there is before the first ticket."""
    at = now or instants.now()
    regions = [Region.objects.create(code=f"region-{n}", name=f"Region {n}") for n in range(REGIONS)]
    departments = [Department.objects.create(code=f"department-{n}", name=f"Department {n}") for n in range(5)]
    teams = [
        Team.objects.create(
            code=f"team-{n}",
            name=f"Team {n}",
            department=departments[n % 5],
            tier=1 + n % 2,
            region=regions[n % REGIONS],
        )
        for n in range(TEAMS)
    ]
    staff = [_agent(n, teams[n % TEAMS]) for n in range(AGENTS)]
    for n, team in enumerate(teams):
        Team.objects.filter(pk=team.pk).update(lead=staff[n])
    for n, department in enumerate(departments):
        Department.objects.filter(pk=department.pk).update(head=staff[TEAMS + n])
    firms = [Company.objects.create(name=f"Company {n}", tier="gold", region=regions[n % REGIONS]) for n in range(50)]
    Contact.objects.bulk_create(
        Contact(
            name=f"Customer {n}", email=f"customer{n}@example.com", phone=f"+86138{n:08d}", company=firms[n % 50],
            tier="gold", region=regions[n % REGIONS], created_at=at,
        )
        for n in range(CUSTOMERS)
    )  # fmt: skip
    ProductLine.objects.bulk_create(ProductLine(code=f"line-{n}", name=f"Line {n}") for n in range(LINES))
    _rules(teams)
    accept.built_in(ChannelKind.API)
    versions.install_pack(SYSTEM, now=at)
    with transaction.atomic():
        revisions.bump()


def _agent(n: int, team: Team) -> Staff:
    person = Staff(
        username=f"agent{n}", name=f"Agent {n}", email=f"agent{n}@example.com", phone=f"+86139{n:08d}", team=team,
        role=Role.MANAGER if n == 0 else Role.LEAD if n < TEAMS else Role.AGENT, presence=Presence.ONLINE,
        capacity=30_000, language="en",
    )  # fmt: skip
    person.set_unusable_password()
    person.save()
    return person


def _rules(teams: list[Team]) -> None:
    words = ["leak", "noise", "E3", "invoice", "漏水", "异响", "发票", "退货", "冒烟", "battery"]
    Rule.objects.bulk_create(
        Rule(
            position=n, name=f"Rule {n}", keywords=[words[n % len(words)]] if n < RULES - 1 else [],
            set_urgency="important" if n % 5 == 0 and n < RULES - 1 else "", add_tags=[f"tag-{n % 6}"] if n % 3 else [],
            team=teams[n % TEAMS],
        )
        for n in range(RULES)
    )  # fmt: skip


def token() -> str:
    """A bearer text that may do what an intake needs."""
    _row, bearer = people.issue_token(SYSTEM, name="bench", scopes=["ticket.create", "ticket.view"], now=instants.now())
    return bearer


def terms(**changes: object) -> Terms:
    """Terms as the default pack has them, with these keys changed."""
    spec = {"milestone": "first_response", "target": 3600, "calendar": "office@1", "ladder": list(_LADDER)}
    return Terms.from_spec({**spec, "policy": "bench", **changes})


_TICKETS = """
INSERT INTO tickets_ticket (id, subject, kind, urgency, via, status, waiting_for, contact_id, company_id, tier,
    product_line, region, team_id, agent_id, language, tags, fields, created_at, updated_at, reopened, urged, due_at,
    risk_at, next_milestone, link_version, version, search)
SELECT n, 'Washing machine ' || n || ' shows E' || n %% 90, (ARRAY['fault','enquiry','repair','return'])[1 + n %% 4],
    (ARRAY['general','general','important','urgent'])[1 + n %% 4], (ARRAY['mail','api','phone','chat'])[1 + n / 4 %% 4],
    (ARRAY['new','open','open','waiting'])[1 + n %% 4], CASE WHEN n %% 4 = 3 THEN 'waiting_customer' ELSE '' END,
    c.id, c.company_id, 'gold', 'line-' || n %% {lines}, 'region-' || n %% {regions}, s.team_id,
    CASE WHEN n %% 7 = 0 THEN NULL ELSE s.id END, 'zh-hans', ARRAY['tag-' || n %% 6], '{{}}',
    %(now)s - n * 7919 %% 7776000 * interval '1 second', %(now)s, 0, 0,
    %(now)s + (86400 + n %% 2592000) * interval '1 second',
    %(now)s + (84600 + n %% 2592000) * interval '1 second', 'first_response', 1, 1,
    ('''washing'':1 ''machine'':2 ''' || n || ''':3 ''shows'':4 ''e' || n %% 90 || ''':5 ''word' || n %% 5000
    || ''':6')::tsvector
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
JOIN contacts c ON c.place = n %% {customers} JOIN staff s ON s.place = n %% {agents}
"""
_MESSAGES = """
INSERT INTO tickets_message (ticket_id, author, contact_id, public, qualified, via, text, quoted, html, message_id, at,
    recorded_at)
SELECT t.id, 'customer', t.contact_id, true, false, t.via, 'It shows E' || t.id %% 90
    || ' and stops. Please help, number ' || t.id || ', word' || t.id %% 5000, '', '', '', t.created_at, t.created_at
FROM tickets_ticket t WHERE t.id BETWEEN %(first)s AND %(last)s
"""
_PROMISES = """
INSERT INTO promises_promise (ticket_id, milestone, first_terms_id, terms_id, team_id, agent_id, started_at,
    generation, standing, due_at, worked, overrun, remaining, next_at, fired, ack_due)
SELECT t.id, m.milestone, m.terms, m.terms, t.team_id, t.agent_id, t.created_at, 1, 'running',
    t.due_at + m.after * interval '1 second', 0, 0, 3600, t.due_at + (m.after - 1800) * interval '1 second', '{{}}',
    '{{}}'
FROM tickets_ticket t CROSS JOIN (VALUES ('first_response', %(answer)s, 0), ('resolution', %(solve)s, 86400))
    m(milestone, terms, after) WHERE t.id BETWEEN %(first)s AND %(last)s
"""
_EVENTS = """
INSERT INTO ledger_event (at, code, actor_kind, actor_id, ticket_id, subject, params)
SELECT t.created_at, e.code, 'system', 0, t.id, '', '{{"via": "api"}}'
FROM tickets_ticket t CROSS JOIN (VALUES ('ticket.opened'), ('ticket.routed'), ('message.received')) e(code)
WHERE t.id BETWEEN %(first)s AND %(last)s
"""
_PLACES = """
CREATE TEMP TABLE contacts AS SELECT id, company_id, row_number() OVER (ORDER BY id) - 1 AS place FROM people_contact;
CREATE TEMP TABLE staff AS SELECT id, team_id, row_number() OVER (ORDER BY id) - 1 AS place FROM people_staff
"""
_TALK = """
INSERT INTO tickets_message (ticket_id, author, staff_id, contact_id, public, qualified, via, text, quoted, html,
    message_id, at, recorded_at)
SELECT t.id, CASE WHEN n %% 2 = 0 THEN 'staff' ELSE 'customer' END, CASE WHEN n %% 2 = 0 THEN t.agent_id END,
    CASE WHEN n %% 2 = 1 THEN t.contact_id END, true, n %% 2 = 0, t.via,
    'Message ' || n || repeat(' and so it goes on', 8), '', '', '', t.created_at + n * interval '1 minute', t.created_at
FROM tickets_ticket t, generate_series(1, 19) n WHERE t.id = %(talk)s
"""
_COUNTERS = """
SELECT setval('tickets_ticket_id_seq', (SELECT max(id) FROM tickets_ticket));
UPDATE people_staff s SET load = (SELECT count(*) FROM tickets_ticket t WHERE t.agent_id = s.id)
"""


def tickets(count: int) -> None:
    """`count` open tickets, numbered from 1; statistics and visibility as after a quiet night."""
    now = datetime.now(UTC)
    answer, solve = terms(), terms(milestone="resolution", target=82_800)
    copies = copies_of({answer, solve})
    places = {"lines": LINES, "regions": REGIONS, "customers": CUSTOMERS, "agents": AGENTS}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for statement in _PLACES.split(";"):
            cursor.execute(statement)
        for first in range(1, count + 1, PIECE):
            values = {"first": first, "last": min(count, first + PIECE - 1), "now": now}
            values |= {"answer": copies[answer], "solve": copies[solve]}
            for statement in (_TICKETS, _MESSAGES, _PROMISES, _EVENTS):
                cursor.execute(literal(statement.format(**places), values))
        cursor.execute(literal(_TALK, {"talk": TALK}))
        for statement in _COUNTERS.split(";"):
            cursor.execute(statement)
        cursor.execute("SET synchronous_commit = on")
    stage.settle()


def literal(statement: str, values: dict[str, object]) -> str:
    """The statement with its values written in: several of them stand where the server cannot guess a type."""
    shown = {key: f"'{v}'::timestamptz" if isinstance(v, datetime) else str(v) for key, v in values.items()}
    return statement % shown
