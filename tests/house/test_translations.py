"""Is every sentence there in simplified and in traditional Chinese?"""

import os
import re
import shutil
import subprocess
import sys

import polib
import pytest

from tests.house.places import PACKAGE

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w+\}")
LANGUAGES = ("zh_Hans", "zh_Hant")


def _entries(language: str) -> list[polib.POEntry]:
    source = PACKAGE / "locale" / language / "LC_MESSAGES/django.po"
    assert source.is_file(), f"{language} has no translation"
    return list(polib.pofile(str(source)))


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    assert [entry.msgid for entry in _entries(language) if not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_english_sentence(language: str) -> None:
    wrong = []
    for entry in _entries(language):
        english = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural)
        wrong += [text for text in entry.msgstr_plural.values() or [entry.msgstr] if _placeholders(text) != english]
    assert wrong == []


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str | None, str]]:
    """Every sentence that xgettext finds in our sources."""
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is missing: install gettext")
    copy = tmp_path_factory.mktemp("messages") / "yingnuo"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("vendor", "locale", "__pycache__"))
    (copy / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale=zh_Hans", "--keep-pot", "--no-wrap"]
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(copy / "locale/django.pot"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str, used: set[tuple[str | None, str]]) -> None:
    """It may also be one that xgettext cannot find: it does not look into the braces of an f-string."""
    there = {(entry.msgctxt, entry.msgid) for entry in _entries(language) if not entry.obsolete}
    assert there - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_sources_is_missing(language: str, used: set[tuple[str | None, str]]) -> None:
    there = {(entry.msgctxt, entry.msgid) for entry in _entries(language) if not entry.obsolete}
    assert used - there == set()


def test_the_sources_have_sentences(used: set[tuple[str | None, str]]) -> None:
    assert (None, "Traditional Chinese") in used


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_not_older_than_its_source(language: str) -> None:
    folder = PACKAGE / "locale" / language / "LC_MESSAGES"
    assert (folder / "django.mo").is_file(), "compile the translations: ./yingnuo assets"
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(folder / "django.mo"))}
    source = {entry.msgid: entry.msgstr for entry in _entries(language) if entry.translated()}
    assert compiled == source, "compile the translations again: ./yingnuo assets"


def test_no_sentence_stands_in_the_braces_of_an_f_string() -> None:
    """There xgettext does not find it."""
    hidden = re.compile(r"""\bf(?:"[^"\n]*\{[^}"\n]*\b_\('|'[^'\n]*\{[^}'\n]*\b_\(")""")
    found = {str(p.relative_to(PACKAGE)): hidden.findall(p.read_text(encoding="utf-8")) for p in PACKAGE.rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_sentences_are_marked_by_names_that_xgettext_knows() -> None:
    """Under another name a sentence is found by nobody, and stays English."""
    renamed = re.compile(r"^\s*\w+ = (?:lazy\()?n?p?gettext(?:_lazy|_noop)?\)?$|gettext\w* as (?!_\b)\w+", re.MULTILINE)
    found = {str(p.relative_to(PACKAGE)): renamed.findall(p.read_text(encoding="utf-8")) for p in PACKAGE.rglob("*.py")}
    assert {name: names for name, names in found.items() if names} == {}
