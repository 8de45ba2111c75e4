"""Does a wrong variable stop the start with a useful sentence?"""

from pathlib import Path

import pytest

from yingnuo.conf import options
from yingnuo.conf.options import OptionError, Options


def test_nothing_set_gives_the_defaults() -> None:
    assert options.load({}) == Options()


def test_a_variable_sets_its_field() -> None:
    here = options.load(
        {"YINGNUO_PORT": "9000", "YINGNUO_ALLOWED_HOSTS": "a.example, b.example", "YINGNUO_DEMO": "yes"}
    )
    assert (here.port, here.allowed_hosts, here.demo) == (9000, ("a.example", "b.example"), True)


def test_what_is_written_is_read_again() -> None:
    for value, text in ((True, "yes"), (("a", "b"), "a,b"), (80, "80")):
        assert options.written(value) == text


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("YINGNUO_PORT", "http", "a whole number from 1 to 65535"),
        ("YINGNUO_PORT", "70000", "a whole number from 1 to 65535"),
        ("YINGNUO_TIME_ZONE", "Beijing", "such as Asia/Shanghai"),
        ("YINGNUO_LANGUAGE", "de", "one of zh-hans, zh-hant, en"),
        ("YINGNUO_DEBUG", "1", "yes or no"),
        ("YINGNUO_BASE_URL", "service.example.com", "such as https://service.example.com"),
        ("DATABASE_URL", "sqlite:///x", "postgresql://"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(name: str, value: str, advice: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.load({name: value})
    assert name in str(caught.value)
    assert advice in str(caught.value)


def test_a_misspelt_name_is_refused() -> None:
    with pytest.raises(OptionError, match="YINGNUO_PROT"):
        options.load({"YINGNUO_PROT": "80"})


def test_secrets_are_shown_nowhere() -> None:
    here = options.load({"YINGNUO_SECRET_KEY": "hidden-1", "DATABASE_URL": "postgresql://u:hidden-2@h/d"})
    assert "hidden" not in repr(here)
    with pytest.raises(OptionError) as caught:
        options.load({"DATABASE_URL": "mysql://u:hidden-3@h/d"})
    assert "hidden" not in str(caught.value)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    here = Options(var=tmp_path / "var")
    first = options.secret_key(here)
    assert options.secret_key(here) == first
    assert len(first) >= 50
    assert (tmp_path / "var/secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_an_empty_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(OptionError, match="is empty"):
        options.secret_key(Options(var=tmp_path))


def test_a_long_data_path_puts_the_socket_elsewhere(tmp_path: Path) -> None:
    long = Options(var=tmp_path / ("x" * 100))
    assert len(str(long.socket_folder)) < 85
    assert long.socket_folder != Options(var=tmp_path / ("y" * 100)).socket_folder


@pytest.mark.parametrize(
    ("host", "base_url", "address"),
    [
        ("0.0.0.0", "", "http://127.0.0.1:8000"),
        ("::1", "", "http://[::1]:8000"),
        ("127.0.0.1", "https://a.example", "https://a.example"),
    ],
)
def test_links_have_an_address_that_can_be_reached(host: str, base_url: str, address: str) -> None:
    assert Options(host=host, base_url=base_url).address == address
