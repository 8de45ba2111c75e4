"""Do we find what a customer newly wrote, whichever mail program he uses?"""

from __future__ import annotations

import pytest

from tests.channels.conftest import SecondsAtMost

from yingnuo.channels.adapters.mail import visible

# program -> (what was typed, what the program put below it)
REPLIES = {
    "QQ web": ("空调又不制冷了。", '\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人:    "售后"<s@shop.example>;\n发送时间:&nbsp;2026年3月2日(星期一) 上午9:30\n收件人:&nbsp;"陈"<c@qq.example>;\n\n主题:&nbsp;Re: 空调\n\n您好'),
    "QQ app": ("好的，谢谢", "\n发自我的iPhone\n\n\n------------------ 原始邮件 ------------------\n发件人: 售后 <s@shop.example>\n主题: 回复：空调"),
    "QQ English": ("ok thanks", '\n------------------ Original ------------------\nFrom:  "Service"<s@shop.example>;\nDate:  Mon, Mar 2, 2026 09:30 AM\n'),
    "NetEase master": ("已经收到配件了，多谢。", "\n\n| |\n陈小明\n|\n|\nc@163.example\n|\n---- 回复的原邮件 ----\n| 发件人 | 售后<s@shop.example> |\n| 日期 | 2026年03月02日 09:30 |\n| 主题 | 回复：配件 |\n您好"),
    "NetEase web": ("还是不行。", 'At 2026-03-02 09:30:00, "售后服务" <s@shop.example> wrote:\n>您好\n>请重启设备'),
    "NetEase web, Chinese": ("还是不行。", '\n在 2026-03-02 09:30:00，"售后服务" <s@shop.example> 写道：\n\n您好\n请重启设备'),
    "Coremail": ("请问什么时候发货？", '\n-----原始邮件-----\n发件人:"售后" <s@shop.example>\n发送时间:2026-03-02 09:30:00 (星期一)\n主题: 发货\n'),
    "Outlook": ("型号是 KF-35。", "\n发件人: 售后 <s@shop.example>\n发送时间: 2026年3月2日 9:30\n收件人: 陈 <c@home.example>\n主题: 回复: 型号\n\n您好"),
    "Outlook, traditional": ("型號是 KF-35。", "\n________________________________\n寄件者: 售後 <s@shop.example>\n寄件日期: 2026年3月2日 上午 09:30\n收件者: 陳\n主旨: 回覆: 型號\n\n您好"),
    "Outlook for iOS": ("好的", "\n获取 Outlook for iOS\n________________________________\n发件人: 售后 <s@shop.example>\n发送时间: Monday, March 2, 2026 9:30:00 AM\n主题: 回复\n"),
    "Apple Mail": ("照片见附件。", "\n> 在 2026年3月2日，上午9:30，售后 <s@shop.example> 写道：\n>\n> 请发照片"),
    "iPhone": ("照片见附件。", "\n发自我的 iPhone\n\n> 在 2026年3月2日，09:30，售后 <s@shop.example> 写道：\n>\n> 请发照片"),
    "iPhone, traditional": ("照片如附件。", "\n從我的 iPhone 傳送\n\n> 售後 <s@shop.example> 於 2026年3月2日 上午9:30 寫道：\n>\n> 請傳照片"),
    "Gmail": ("明天下午可以。", "\n售后服务 <s@shop.example> 于2026年3月2日周一 09:30写道：\n\n> 您好"),
    "Gmail, traditional": ("明天下午可以。", "\n售後服務 <s@shop.example> 於 2026年3月2日 週一 上午9:30寫道：\n\n> 您好"),
    "Foxmail": ("收到，已安装成功。", "\n\nc@foxmail.example\n \n发件人： 售后服务\n发送时间： 2026-03-02 09:30\n收件人： c\n主题： Re: 安装\n您好"),
    "DingTalk mail": ("请安排维修。", "\n------------------------------------------------------------------\n发件人：售后 <s@shop.example>\n日　期：2026年03月02日 09:30:00\n收件人：陈<c@home.example>\n主　题：回复：维修\n\n您好"),
    "Gmail, English, two lines": ("Thanks, works now.", "\nOn Mon, Mar 2, 2026 at 9:30 AM Shop Service\n<s@shop.example> wrote:\n\n> Hello"),
    "German": ("Danke!", "\nAm 02.03.2026 um 09:30 schrieb Service:\n> Hallo"),
    "German Outlook": ("Danke!", "\nVon: Service <s@shop.example>\nGesendet: Montag, 2. März 2026 09:30\nAn: Chen\nBetreff: AW: Gerät\n"),
    "French": ("Merci.", "\nLe lun. 2 mars 2026 à 09:30, Service <s@shop.example> a écrit :\n\n> Bonjour"),
    "Spanish": ("Gracias", "\nEl lun, 2 mar 2026 a las 9:30, Service (<s@shop.example>) escribió:\n\n> Hola"),
}  # fmt: skip


@pytest.mark.parametrize("program", sorted(REPLIES))
def test_reply_is_cut_where_the_program_began(program: str) -> None:
    typed, added = REPLIES[program]
    found = visible.split(f"{typed}\n{added}")
    assert found.visible == typed
    assert found.folded


@pytest.mark.parametrize(
    "text",
    [
        "你好，\n从深圳发往北京的快递：\n发件人：李雷\n电话：13800000000\n一直没收到，请查一下。",
        "Hello,\nFrom: Beijing\nTo: Shanghai\nmy parcel was lost.",
        "请问：\n说明书里写道：\n保修三年，对吗？\n谢谢",
        "I wrote on Monday:\nno answer so far.",
        "a > b is what I measured\n- first\n- second",
        "On the box is written: 220 V\nIs that right?",
        "The error is --\nnothing else happens. Then it shows 1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13",
    ],
)
def test_a_customers_own_words_stay(text: str) -> None:
    assert visible.split(text).visible == text


def test_a_forwarded_mail_without_own_words_is_shown_whole() -> None:
    text = "---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: Mon, 2 Mar 2026\nSubject: x\n\nThe words"
    assert visible.split(text).visible == text


def test_answers_between_quoted_lines_stay_with_them() -> None:
    text = "> Which model?\nKF-35\n> Which year?\n2024\n> Bye"
    assert visible.split(text).visible == "> Which model?\nKF-35\n> Which year?\n2024"


def test_an_answer_below_the_quotation_is_found() -> None:
    found = visible.split("On 2 Mar 2026, Service wrote:\n> Which model?\n\nKF-35")
    assert (found.visible, found.quoted) == ("KF-35", "On 2 Mar 2026, Service wrote:\n> Which model?")


def test_nothing_is_lost() -> None:
    found = visible.split("New\n-- \nChen\n\nOn 2 Mar 2026, Service wrote:\n> Old")
    assert (found.visible, found.signature) == ("New", "-- \nChen".replace("-- ", "--"))
    assert found.folded.endswith("> Old")


@pytest.mark.parametrize(
    "line", ["于1" * 140 + ":", "- " * 20, "--", "From: a", "2020-01-01 " * 25 + "a@b:", "发自" + " a" * 100, "> a\nb"]
)
def test_hostile_lines_take_linear_time(line: str, seconds_at_most: SecondsAtMost) -> None:
    with seconds_at_most(5):
        assert visible.split("\n".join([line] * 20_000)).visible
