"""The environment, .env files and the files of secrets: which database is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.config.models import Database
from source.errors import ConfigError
from tests.config.home import Home

ALL = {"DB_IP_ADDRESS": "192.168.178.10", "DB_USER_NAME": "logger", "DB_NAME": "home"}
SECRET = "geheim&Wort"


def database(home: Home, **environ: str) -> Database:
    home.environ |= ALL | environ
    found = home.load().database
    assert found is not None
    return found


def test_without_any_db_variable_there_is_no_database(home: Home) -> None:
    home.environ |= {"SSL": "true", "VERIFY_SSL": "off", "HOME": "/root"}
    assert home.load().database is None
    assert home.warnings() == ()


@pytest.mark.parametrize("name", ["SSL", "VERIFY_SSL"])
def test_without_a_database_a_wrong_value_is_a_warning(home: Home, name: str) -> None:
    home.environ[name] = "maybe"
    assert home.warnings() == (
        f'environment: {name} is "maybe": must be true or false (also yes/no, on/off, 1/0);'
        " without effect, since no DB_* is set",
    )


def test_without_a_database_a_file_that_is_absent_is_a_warning(home: Home) -> None:
    home.environ["SSL_FILE"] = "/no/such/file"
    (warning,) = home.warnings()
    assert warning.startswith('environment: SSL_FILE is "/no/such/file": names a file that')
    assert warning.endswith("; without effect, since no DB_* is set")


def test_the_required_three_are_enough_and_the_rest_has_defaults(home: Home) -> None:
    found = database(home)
    assert (found.host, found.user_name, found.name) == ("192.168.178.10", "logger", "home")
    assert (found.port, found.ssl, found.verify_ssl) == (8086, False, False)
    assert found.password.get_secret_value() == ""


def test_every_variable_is_read(home: Home) -> None:
    found = database(home, DB_USER_PASSWORD=SECRET, DB_PORT="18086", SSL="true", VERIFY_SSL="true")
    assert (found.port, found.ssl, found.verify_ssl) == (18086, True, True)
    assert found.password.get_secret_value() == SECRET


@pytest.mark.parametrize("missing", sorted(ALL))
def test_a_required_variable_that_is_missing_is_named(home: Home, missing: str) -> None:
    home.environ |= {key: text for key, text in ALL.items() if key != missing}
    problem = home.problem()
    assert (problem.source, problem.key) == ("environment", missing)
    assert problem.allowed.startswith("is missing; it must be")


def test_a_password_alone_means_that_a_database_is_wanted(home: Home) -> None:
    home.environ["DB_USER_PASSWORD"] = SECRET
    assert [problem.key for problem in home.problems()] == [
        "DB_IP_ADDRESS",
        "DB_USER_NAME",
        "DB_NAME",
    ]


def test_an_empty_variable_counts_as_not_set(home: Home) -> None:
    home.environ |= dict.fromkeys(ALL, "")
    assert home.load().database is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *[(text, True) for text in ("true", "True", "TRUE", "1", "yes", "YES", "on", "On", " on ")],
        *[(text, False) for text in ("false", "False", "FALSE", "0", "no", "NO", "off", "Off")],
    ],
)
def test_yes_and_no_are_read_in_every_spelling(home: Home, text: str, meant: bool) -> None:
    found = database(home, SSL=text, VERIFY_SSL=text)
    assert (found.ssl, found.verify_ssl) == (meant, meant)


@pytest.mark.parametrize("text", ["maybe", "2", "ja", "-1", "truee"])
def test_any_other_word_is_no_yes_or_no(home: Home, text: str) -> None:
    home.environ |= ALL | {"SSL": text}
    assert str(home.problem()) == (
        f'environment: SSL is "{text}": must be true or false (also yes/no, on/off, 1/0)'
    )


@pytest.mark.parametrize("text", ["0", "65536", "http", "80.5", "-1", "1e3"])
def test_a_port_that_is_none_is_refused(home: Home, text: str) -> None:
    home.environ |= ALL | {"DB_PORT": text}
    problem = home.problem()
    assert (problem.key, problem.value) == ("DB_PORT", f'"{text}"')
    assert problem.allowed == "must be a whole number from 1 to 65535"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("influxdb", "influxdb"),
        (" nas.fritz.box ", "nas.fritz.box"),
        ("my_db", "my_db"),
        ("fe80::1", "[fe80::1]"),
        ("[fe80::1]", "[fe80::1]"),
    ],
)
def test_the_database_may_have_a_name_or_an_address(home: Home, text: str, host: str) -> None:
    assert database(home, DB_IP_ADDRESS=text).host == host


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("http://influxdb", 'without "http://"'),
        ("influxdb:8086", "the port belongs in DB_PORT"),
        ("influxdb/db", "without a path"),
        ("192.168.178.256", "must be a host name or an IP address"),
        ("two words", "without spaces"),
        ("-", "must be a host name or an IP address"),
    ],
)
def test_what_is_no_host_is_refused_with_a_hint(home: Home, text: str, hint: str) -> None:
    home.environ |= ALL | {"DB_IP_ADDRESS": text}
    assert hint in home.problem().allowed


def test_all_that_is_wrong_is_told_at_once(home: Home) -> None:
    home.environ |= {"DB_IP_ADDRESS": "a b", "DB_PORT": "x", "SSL": "x", "DB_NAME": "home"}
    keys = {problem.key for problem in home.problems()}
    assert keys == {"DB_IP_ADDRESS", "DB_USER_NAME", "DB_PORT", "SSL"}


# --- .env ---


def dotenv(folder: Path, **values: str) -> None:
    lines = [f"{key}={text}\n" for key, text in values.items()]
    (folder / ".env").write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("where", ["files", "root"])
def test_dotenv_is_read_from_the_files_folder_and_the_root(home: Home, where: str) -> None:
    dotenv(home.files if where == "files" else home.root, **ALL, DB_PORT="1234")
    found = home.load().database
    assert found is not None
    assert (found.host, found.port) == ("192.168.178.10", 1234)


def test_the_real_environment_wins_then_the_files_folder_then_the_root(home: Home) -> None:
    dotenv(home.root, **ALL, DB_PORT="1")
    dotenv(home.files, DB_PORT="2", DB_NAME="of-the-folder")
    home.environ["DB_PORT"] = "3"
    found = home.load().database
    assert found is not None
    assert (found.user_name, found.name, found.port) == ("logger", "of-the-folder", 3)


def test_a_password_in_dotenv_is_taken_as_it_stands(home: Home) -> None:
    home.environ |= ALL
    home.environ["HOME"] = "/root"
    (home.root / ".env").write_text("\ufeff# database\nexport DB_USER_PASSWORD='a ${HOME}#ü'\n")
    found = home.load().database
    assert found is not None
    assert found.password.get_secret_value() == "a ${HOME}#ü"


def test_a_wrong_value_in_dotenv_is_told_with_the_path_of_that_file(home: Home) -> None:
    dotenv(home.root, **ALL, DB_PORT="many")
    assert home.problem().source == str(home.root / ".env")


def test_a_dotenv_that_is_no_text_is_told(home: Home) -> None:
    (home.files / ".env").write_bytes(b"DB_NAME=\xff\n")
    problem = home.problem()
    assert problem.source == str(home.files / ".env")
    assert problem.allowed == "can't be read: it is not UTF-8"


# --- files of secrets ---


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("DB_IP_ADDRESS", "influxdb\n", "influxdb"),
        ("DB_USER_NAME", "somebody\r\n", "somebody"),
        ("DB_NAME", "other", "other"),
        ("DB_USER_PASSWORD", " kept blanks \n", " kept blanks "),
        ("DB_USER_PASSWORD", "\ufeffby a Windows editor\r\n", "by a Windows editor"),
        ("DB_PORT", "99\n", 99),
        ("SSL", "TRUE\n", True),
        ("VERIFY_SSL", "on", True),
    ],
)
def test_every_variable_may_come_from_a_file(
    home: Home, name: str, content: str, read: object
) -> None:
    path = home.root / "secret"
    path.write_bytes(content.encode())
    home.environ |= {key: text for key, text in ALL.items() if key != name}
    home.environ[f"{name}_FILE"] = str(path)
    found = home.load().database
    assert found is not None
    values = found.model_dump(by_alias=True)
    value = values[name]
    assert (value.get_secret_value() if name == "DB_USER_PASSWORD" else value) == read


def test_a_secret_named_in_dotenv_lies_beside_that_file(home: Home) -> None:
    dotenv(home.files, **ALL, DB_USER_PASSWORD_FILE="secret.txt")
    home.write("secret.txt", f"{SECRET}\n")
    found = home.load().database
    assert found is not None
    assert found.password.get_secret_value() == SECRET


def test_the_real_environments_file_wins_over_dotenvs_value(home: Home) -> None:
    dotenv(home.root, **ALL)
    (home.root / "name").write_text("from-a-file")
    home.environ["DB_NAME_FILE"] = str(home.root / "name")
    found = home.load().database
    assert found is not None
    assert found.name == "from-a-file"


def test_a_variable_and_its_file_together_are_refused(home: Home) -> None:
    home.environ |= ALL | {"DB_NAME_FILE": "/run/secrets/name"}
    problem = home.problem()
    assert problem.key == "DB_NAME"
    assert problem.allowed == "is set, and DB_NAME_FILE is set too; set one of the two"


def test_a_file_of_a_secret_that_is_absent_is_told_with_its_path(home: Home) -> None:
    path = str(home.root / "x")
    home.environ |= {**ALL, "DB_NAME": "", "DB_NAME_FILE": path}
    problem = home.problem()
    assert (problem.key, problem.value) == ("DB_NAME_FILE", f'"{path}"')
    assert problem.allowed == "names a file that can't be read: No such file or directory"


def test_a_wrong_value_in_a_file_is_told_with_the_path(home: Home) -> None:
    path = home.root / "ssl"
    path.write_text("maybe\n")
    home.environ |= ALL | {"SSL_FILE": str(path)}
    assert str(home.problem()) == (
        f'environment: SSL_FILE is "{path}": the content of that file must be true or false'
        " (also yes/no, on/off, 1/0)"
    )


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "an empty file"), (b"\n", "an empty file"), (b"\xff", "UTF-8")]
)
def test_a_file_of_a_secret_without_text_is_told(home: Home, content: bytes, reason: str) -> None:
    (home.root / "secret").write_bytes(content)
    home.environ |= ALL | {"DB_USER_PASSWORD_FILE": str(home.root / "secret")}
    problem = home.problem()
    assert problem.key == "DB_USER_PASSWORD_FILE"
    assert reason in problem.allowed


# --- nothing shows a password ---


def test_no_print_of_the_configuration_shows_the_password(home: Home) -> None:
    home.plug(password=SECRET)
    home.environ |= ALL | {"DB_USER_PASSWORD": SECRET}
    configuration = home.load()
    for text in (repr(configuration), str(configuration), repr(configuration.database)):
        assert SECRET not in text
    assert SECRET not in configuration.model_dump_json(include={"database"})


@pytest.mark.parametrize(
    "environ",
    [
        {"DB_USER_PASSWORD": f"{SECRET}\udcff"},
        {"DB_USER_PASSWORD_FILE": SECRET},
        {"DB_USER_PASSWORD_FILE": f"/{SECRET}"},
        {"DB_USER_PASSWORD_FILE": SECRET, "DB_USER_PASSWORD": SECRET},
        {"DB_IP_ADDRESS": f"http://logger:{SECRET}@influxdb:8086"},
        {"DB_IP_ADDRESS": f"logger:{SECRET}@home@influxdb"},
    ],
)
def test_no_problem_shows_a_password(home: Home, environ: dict[str, str]) -> None:
    home.environ |= ALL | environ
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert SECRET not in str(caught.value)


def test_a_misspelt_variable_is_warned_about_without_its_value(home: Home) -> None:
    home.environ |= ALL | {"DB_USER_PASWORD": SECRET, "DB_FLAVOUR": "x"}
    assert home.warnings() == (
        "environment: DB_USER_PASWORD: is not used; did you mean DB_USER_PASSWORD?",
    )


def test_a_misspelt_variable_is_named_where_the_right_one_is_missing(home: Home) -> None:
    home.environ |= {**ALL, "DB_IP_ADDRESS": "", "DB_IP_ADRESS": "influxdb"}
    problem = home.problem()
    assert problem.key == "DB_IP_ADDRESS"
    assert "; is DB_IP_ADRESS meant for it?" in problem.allowed
