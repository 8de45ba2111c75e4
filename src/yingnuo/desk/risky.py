"""Which files may do harm to who opens them, whatever they are called? Told beside the file; it is only ever saved."""

from __future__ import annotations

from django.utils.translation import gettext as _

_PROGRAMS = (
    ".exe.com.scr.pif.bat.cmd.msi.msp.msc.cpl.vbs.vbe.vb.js.jse.mjs.ws.wsf.wsh.ps1.psm1.hta.jar.lnk.reg.inf.dll.sys"
    ".gadget.application.appref-ms.settingcontent-ms.scf.url.desktop.sh.bash.command.app.dmg.pkg.deb.rpm.apk.ipa.run"
    ".bin.iso.img.vhd.vhdx.xll.chm.hlp.one.diagcab.library-ms.search-ms.theme."
)
_PAGES = ".html.htm.xhtml.shtml.mht.mhtml.svg.svgz.xml.xsl.xslt.swf."
_MACROS = ".docm.dotm.xlsm.xltm.xlsb.xlam.pptm.potm.ppam.ppsm.sldm.slk.iqy."
_DOCUMENTS = frozenset(("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "jpg", "jpeg", "png", "gif", "zip"))
_TYPES = {
    "text/html": "page", "image/svg+xml": "page", "application/xhtml+xml": "page", "text/xml": "page",
    "application/x-msdownload": "program", "application/x-msdos-program": "program", "text/x-python": "program",
    "application/javascript": "program",
    "text/javascript": "program", "application/x-sh": "program", "application/java-archive": "program",
}  # fmt: skip


def kind(name: str, content_type: str) -> str:
    """program, page, macro or disguised; "" for a file that harms nobody by itself."""
    parts = [part.strip(" .\u3000") for part in name.lower().rsplit("/", 1)[-1].split(".")]
    ending = parts[-1] if len(parts) > 1 else ""
    found = next((k for k, endings in _BY_ENDING.items() if f".{ending}." in endings), "")
    if found and len(parts) > 2 and parts[-2] in _DOCUMENTS:
        return "disguised"
    return found or _TYPES.get(content_type.partition(";")[0].strip().lower(), "")


_BY_ENDING = {"program": _PROGRAMS, "page": _PAGES, "macro": _MACROS}


def warning(name: str, content_type: str) -> str:
    """Why to be careful with a file, "" where nothing speaks against it."""
    words = {
        "program": _("A program. Do not open it unless you know who sent it and why."),
        "page": _("A web page or drawing that can run scripts. Open it only if you expect it."),
        "macro": _("A document with macros, which are programs. Open it only if you expect it."),
        "disguised": _("A program whose name looks like a document. Do not open it."),
    }
    return words.get(kind(name, content_type), "")
