"""Is a machine's mail told from a person's?"""

from __future__ import annotations

import pytest

from tests.channels.mails import RECEIVED, mail, read
from yingnuo.channels.adapters.mail.parse import parse
from yingnuo.channels.contract import ArrivalKind

REPORT = (
    "--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example\r\n\r\n"
    "Final-Recipient: rfc822; chen@home.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <yn-7-9@shop.example>\r\nSubject: Re\r\n\r\nHi\r\n--b--\r\n"
)
REPORT_TYPE = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'


def test_a_delivery_report_names_mail_recipient_and_status() -> None:
    found = read(mail(REPORT.format(action="failed"), REPORT_TYPE))
    assert found.kind is ArrivalKind.BOUNCE
    assert found.references[0] == "<yn-7-9@shop.example>"
    assert dict(found.fields) == {"bounce_recipient": "chen@home.example", "bounce_status": "5.1.1"}


def test_a_report_of_success_is_no_bounce() -> None:
    assert read(mail(REPORT.format(action="delivered"), REPORT_TYPE)).kind is ArrivalKind.REPORT


def test_a_read_receipt_is_a_report() -> None:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        "Original-Message-ID: <yn-7-9@shop.example>\r\n--b--"
    )
    found = read(mail(body, 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'))
    assert (found.kind, found.references) == (ArrivalKind.REPORT, ("<yn-7-9@shop.example>",))


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Return-Path: <>",
    ],
)
def test_automatic_mail_is_recognised(field: str) -> None:
    assert read(mail("I am away.", field)).kind is ArrivalKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject", ["自动回复: 报修", "自動回覆：報修", "Automatic reply: x", "Out of office", "Abwesenheit: x"]
)
def test_automatic_subjects_are_recognised(subject: str) -> None:
    assert read(mail("x", subject=subject)).kind is ArrivalKind.AUTO_REPLY


@pytest.mark.parametrize(
    "sender", ["PostMaster@qq.example", "mailer-daemon@163.example", "Postmaster <postmaster@corp.example>"]
)
def test_chinese_bounces_are_recognised(sender: str) -> None:
    raw = f"From: {sender}\r\nSubject: 系统退信\r\n\r\n抱歉，您的邮件被退回来了。收件人不存在".encode()
    assert read(raw).kind is ArrivalKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Undeliverable: my order", "My parcel could not be delivered. Returned to sender?"),
        ("邮件被退回", "我发给你们的邮件被退信了，550 5.1.1 User unknown，请处理"),
        ("Delivery failure", "The courier says: delivery has failed, address unknown."),
        ("Vacation", "I leave on vacation tomorrow, please come today."),
    ],
)
def test_a_persons_mail_about_failures_is_a_request(subject: str, body: str) -> None:
    assert read(mail(body, "Return-Path: <chen@home.example>", subject=subject)).kind is ArrivalKind.REQUEST


def test_a_carriers_name_is_no_mail_daemon() -> None:
    raw = b"From: Express Mail Delivery <post@carrier.example>\r\nSubject: delivery problem\r\n\r\nNot delivered"
    assert read(raw).kind is ArrivalKind.REQUEST


@pytest.mark.parametrize(
    "field",
    [
        "X-Loop: service@shop.example",
        "Message-ID: <yn-7-9@shop.example>",
        "\r\n".join(["Received: from a by b"] * 60),
    ],
)
def test_loops_are_noted_and_no_request(field: str) -> None:
    found = read(mail("x", field))
    assert found.kind is ArrivalKind.AUTO_REPLY
    assert "loop" in found.notes


def test_a_mail_from_our_own_address_is_a_loop() -> None:
    assert "loop" in read(b"From: Service@Shop.example\r\n\r\nx").notes


def test_references_make_a_reply() -> None:
    found = read(mail("x", "References: <1@a> <2@a>", "In-Reply-To: <3@a>"))
    assert (found.kind, found.references) == (ArrivalKind.REPLY, ("<3@a>", "<2@a>", "<1@a>"))


def test_the_hint_sees_every_recipient_and_the_subject() -> None:
    seen = []

    def hint(recipients: tuple[str, ...], subject: str) -> int | None:
        seen.append((recipients, subject))
        return 100234

    raw = mail("x", "Delivered-To: reply+t0ken@shop.example", subject="Re: [YN-100234]")
    found = parse(raw, received_at=RECEIVED, hint=hint)
    assert seen == [(("service@shop.example", "reply+t0ken@shop.example"), "Re: [YN-100234]")]
    assert (found.kind, found.ticket_hint) == (ArrivalKind.REPLY, 100234)
