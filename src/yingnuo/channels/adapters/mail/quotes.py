"""How do mail programs mark the beginning of a quotation or a signature?

Patterns only, own Chinese ones first (QQ, NetEase, Foxmail, Coremail, DingTalk, Outlook, Apple, Gmail), then English,
German, French, Spanish, Portuguese, Italian, Russian, Japanese. Every pattern is anchored and bounded: a line is cut
to 300 characters before it is looked at.
"""

from __future__ import annotations

import re

_DASH = r"[-_=—─–*~ \u00a0]"

# a line that alone tells that all below is an earlier mail
SEPARATOR = re.compile(
    rf"(?=[\s\u00a0]*+[-_=—─–*]){_DASH}++"  # possessive: a row of dashes is never tried twice
    r"(?:原始?邮件|原始郵件|原郵件|回复的(?:原)?邮件|回覆的郵件|转发的(?:原)?邮件|轉寄的郵件|转发邮件|轉寄郵件"
    r"|转发邮件信息|原始信息|原始訊息|邮件原文|"
    r"original(?: message| e?-?mail)?|forwarded message|begin forwarded message|original appointment|"
    r"ursprüngliche (?:nachricht|mail)|weitergeleitete nachricht|message d'origine|message original"
    r"|message transféré|"
    r"mensaje original|mensaje reenviado|mensagem original|messaggio originale|исходное сообщение|"
    r"пересылаемое сообщение|元のメッセージ|転送メッセージ|원본 메시지|reply above this line|请在此线以上回复)"
    rf"{_DASH}++\s*",
    re.IGNORECASE,
)
BARE_SEPARATOR = re.compile(
    r"\s*(?:原始邮件|原始郵件|回复的原邮件|转发的原邮件|begin forwarded message:|开始转发的邮件[:\uff1a]"
    r"|开始转发邮件[:\uff1a]|開始轉寄郵件[:\uff1a]"
    r"|以下是转发的邮件[:\uff1a]?)\s*",
    re.IGNORECASE,
)

_FROM = (
    r"发件人|發件人|寄件者|寄件人|发信人|發信人|发送人|from|von|de|da|от|от кого|差出人|送信者|보낸 ?사람"
    r"|expéditeur|remitente"
)
_OTHER = (
    r"发送时间|發送時間|发送日期|發送日期|寄件日期|傳送時間|日期|时间|時間|收件人|收件者|发给|抄送|副本|抄送人"
    r"|主题|主題|主旨|标题|標題|"
    r"sent|date|to|cc|bcc|subject|reply-to|message-id|importance|attachments|"
    r"gesendet(?: am)?|datum|an|betreff|kopie|envoyé(?: le)?|date|à|a|objet|copie|enviado(?: el| em)?|fecha|para|"
    r"asunto|assunto|data|inviato|oggetto|отправлено|дата|кому|тема|копия|送信日時|日時|宛先|件名|보낸 ?날짜"
    r"|받는 ?사람|제목"
)
_FRAME = r"[\s>*|\u3000\u00a0]*"
FROM_FIELD = re.compile(rf"{_FRAME}(?:{_FROM})(?:\*?\s*[:\uff1a]|\s*\|)(?!//)", re.IGNORECASE)
# DingTalk and NetEase stretch two-character labels: 日　期, 主　题
ANY_FIELD = re.compile(rf"{_FRAME}(?:{_FROM}|{_OTHER})(?:\*?\s*[:\uff1a]|\s*\|)(?!//)", re.IGNORECASE)
STRETCHED = re.compile(r"(?<=[日主抄发收标])[\s\u3000\u00a0]{1,4}(?=[期题題送件旨标題])")

_MAIL = r"[<(\[\"“]?[^\s<>@,;]{1,80}@[^\s<>@,;]{1,120}[>)\]\"”]?"
_DATE = r"(?:\d{1,4}[-./年]\s?\d{1,2}[-./月]\s?\d{1,4}|\b\d{1,2}:\d{2}\b|\b(?:19|20)\d{2}\b)"
# an introduction whose first word gives it away; it may run over several lines, joined by blanks
INTRO = re.compile(
    r"(?:在\s?\d.{4,220}(?:写道|寫道|写到|寫到)"  # Apple, Thunderbird, NetEase
    r"|\d{4}\s?年.{4,200}(?:写道|寫道|のメール|書きました)"
    r"|(?:on|at)\b.{4,260}\bwrote"
    r"|am\b.{4,220}\bschrieb\b.{0,120}|le\b.{4,220}\ba écrit|el\b.{4,220}\bescribi[oó]|em\b.{4,220}\bescreveu"
    r"|il\b.{4,220}\bha scritto|op\b.{4,220}\bschreef\b.{0,120}"
    r")\s?[:\uff1a]",
    re.IGNORECASE,
)
# one that is known by its end only; of several lines the first must hold a digit or an address
LOOSE_INTRO = re.compile(
    r"(?:.{0,160}(?:于|於)\s?\d{2,4}.{3,120}(?:写道|寫道|撰写|撰寫|写)"  # Gmail, Apple traditional
    r"|.{1,160}@.{1,120}(?:写道|寫道|写信说|написала?|пишет|wrote)"
    r"|.{1,120}\bschrieb am\b.{4,120}"
    r"|.{0,30}\d.{4,160}(?:\s|>)(?:написала?|пишет|от .{1,120}>)"
    rf"|(?=.{{0,160}}{_DATE}).{{0,200}}{_MAIL}"
    r")\s?[:\uff1a]",
    re.IGNORECASE,
)
INTRO_END = re.compile(r"[:\uff1a]\s*\Z")
HAS_CLUE = re.compile(r"[\d@]")

QUOTED = re.compile(r"\s{0,3}[>＞]")

SIGNATURE_RULE = re.compile(r"(?:-- ?|\| ?\|\s*|--\s*|—|_{5,}\s*|-{2}\s*\u00a0?|={10,}\s*)\Z")
_DEVICE = (
    r"iphone|ipad|ipod|blackberry|android|mobile|phone|smartphone|samsung|galaxy|huawei|xiaomi|nokia|windows|"
    r"outlook|yahoo|mail|tablet|htc|sony|lg|motorola|oneplus|pixel|verizon|t-mobile|handheld|wireless|device"
)
SIGNATURE_LINE = re.compile(
    r"\s*(?:"
    r"[(（<]?\s?(?:发自|發自|來自|来自|发送自|發送自|传自|自)\s?(?:我的|本人的)?\s?.{1,40}[)）>]?"
    r"|(?:从|從)\s?(?:我的|qq邮箱|outlook|网易|iphone|ipad|android|windows).{0,30}(?:发送|發送|傳送|寄出|发来的?)?"
    r"|(?:获取|获得|取得|下載|下载)\s?(?:适用于|適用於)?\s?.{0,20}outlook.{0,40}"
    r"|get outlook for \w{2,10}.{0,80}"
    rf"|sent (?:from|via|with|using|on) (?:my |the |a )?(?:[\w'’.-]+ ){{0,4}}?(?:{_DEVICE})\b.{{0,40}}"
    r"|gesendet mit .{1,60}|von meinem .{1,30} gesendet|diese nachricht wurde von meinem .{1,60} gesendet"
    r"|envoyé de(?:puis)? mon .{1,40}|envoyé à partir de .{1,40}|enviado desde (?:mi|el) .{1,40}"
    r"|inviato da(?:l mio)? .{1,40}"
    r"|отправлено (?:с|из) .{1,40}|iphoneから送信.{0,10}"
    r")\s*",
    re.IGNORECASE,
)
# Foxmail writes the address alone above the earlier mail
SIGNATURE_ADDRESS = re.compile(r"\s*[^\s<>@,;:]{1,80}@[^\s<>@,;:]{1,120}\s*")
# "-Abhishek Kona" as the last line
SIGNATURE_NAME = re.compile(r"[-–—]\s?[A-Z][\w.'’]{0,30}(?: [A-Z][\w.'’]{0,30}){0,2}\s*")
