"""Entering by an account kept elsewhere, in the browser, against a real OpenID Connect server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import oidc_provider_mock
import pytest
from oidc_provider_mock import User
from playwright.sync_api import Browser

from pipelines.declarations import Config
from programme import access
from tests.e2e.reader import Reader, reading
from tests.e2e.test_programme import House, file_of, housed, plan_of

CARLA, NOBODY, UNVERIFIED = "carla@estado.ms.gov.br", "nadia@outro.example", "clara@estado.ms.gov.br"
STYLE = "https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css"
COOKIE, LOGIN = "farol_sessao", "_streamlit_user"
ACCOUNTS = (
    User(sub="carla", claims={"email": CARLA.upper(), "email_verified": True}),
    User(sub="nadia", claims={"email": NOBODY, "email_verified": True}),
    User(sub="clara", claims={"email": UNVERIFIED, "email_verified": False}),
    User(sub="calada", claims={"email": UNVERIFIED}),
)


@pytest.fixture(scope="module")
def house(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dashboard whose [auth] names the server of accounts."""
    with oidc_provider_mock.run_server_in_thread(user_claims=ACCOUNTS) as provider:
        secrets = f"""[auth]
redirect_uri = "ADDRESS/oauth2callback"
cookie_secret = "{"segredo de teste " * 3}"

[auth.govbr]
client_id = "farol"
client_secret = "de teste"
server_metadata_url = "http://127.0.0.1:{provider.server_port}/.well-known/openid-configuration"
"""
        with housed(config, tmp_path_factory.mktemp("conta"), secrets) as found:
            for name, email in (("Carla Coordena", CARLA), ("Clara Coordena", UNVERIFIED)):
                access.invite(found.desk, access.console(), role="coordinator", name=name, email=email)
            yield found


@pytest.fixture
def readers(browser: Browser, house: House) -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def log_in(
    readers: ExitStack, browser: Browser, house: House, account: str, went: list[str] | None = None
) -> Reader:
    """A reader who has pressed the button and chosen an account at the provider; `went`: takes where that led."""
    reader = readers.enter_context(reading(browser, house.address, width=380))
    # The provider of the test dresses its own pages from elsewhere: that is not asked for, and none of ours.
    reader.page.route(STYLE, lambda route: route.abort())
    readers.callback(lambda: reader.requests.__setitem__(slice(None), set(reader.requests) - {STYLE}))
    if went is not None:
        reader.page.on("framenavigated", lambda frame: went.append(frame.url))
    reader.page.goto(f"{house.address}/entrar")
    reader.page.get_by_role("link", name="Entrar com a conta do e-mail do convite").click()
    reader.wait()
    reader.page.get_by_role("button", name="Entrar com gov.br", exact=True).click()
    reader.page.get_by_role("button", name=account, exact=True).click()
    return reader


def cookies(reader: Reader) -> set[str]:
    return {each["name"] for each in reader.page.context.cookies()}


def test_an_invited_coordinator_enters_is_known_by_role_and_leaves(
    house: House, browser: Browser, readers: ExitStack, tmp_path: Path
) -> None:
    went: list[str] = []
    reader = log_in(readers, browser, house, "carla", went)
    reader.page.wait_for_url("**/fila")
    reader.wait()
    assert "Carla Coordena · Coordenação" in reader.text and "O que espera resposta" in reader.text
    opened = house.desk.store.events(kinds=["session.opened"])[-1]
    assert opened.after is not None and opened.after["way"] == "oidc"
    held = next(each for each in reader.page.context.cookies() if each["name"] == COOKIE)
    assert held["httpOnly"] and held["sameSite"] == "Strict"
    # The code that was handed to the entrance stands in no address that a server is asked for, nor in the log.
    codes = {url.partition("#")[2] for url in went if "entrar#" in url}
    assert len(codes) == 1
    code = codes.pop()
    assert not [url for url in reader.requests if code in url.partition("#")[0]]
    assert code not in house.log.read_text("utf-8")
    # A page opened anew is no new arrival.
    reader.open("programa")
    assert "Carla Coordena · Coordenação" in reader.text
    assert len(house.desk.store.events(kinds=["session.opened"])) == 1
    # Where [auth] stands Streamlit asks more of an upload.
    reader.open("enviar")
    plan = file_of(house.desk, tmp_path, plan_of(house.desk))
    reader.page.locator("input[type=file]").first.set_input_files(
        {"name": "plano.xlsx", "mimeType": "application/octet-stream", "buffer": plan}
    )
    reader.page.get_by_text("80, lido como 80").first.wait_for()
    for button in ("Sair", "Encerrar a sessão"):
        reader.page.get_by_role("button", name=button, exact=True).click()
    # The provider asks whether to end its own login, then leads back.
    reader.page.wait_for_url("**/oauth2/end_session**")
    reader.page.get_by_role("button").first.click()
    reader.page.wait_for_url(f"{house.address}/**")
    reader.wait()
    assert not [name for name in cookies(reader) if name.startswith(LOGIN)]
    assert len(house.desk.store.events(kinds=["session.ended"])) == 1
    reader.open("fila")
    assert "leitura aberta" in reader.text and "Carla" not in reader.text
    reader.page.get_by_role("button", name="Entrar com gov.br", exact=True).wait_for()


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("nadia", "Ninguém foi convidado com o e-mail desta conta"),
        ("clara", "não confirma que o e-mail dela foi verificado"),
        ("calada", "não confirma que o e-mail dela foi verificado"),
    ],
)
def test_who_was_not_invited_or_not_verified_is_refused_and_audited(
    house: House, browser: Browser, readers: ExitStack, account: str, said: str
) -> None:
    before = len(house.desk.store.events(kinds=["access.refused"]))
    opened = len(house.desk.store.events(kinds=["session.opened"]))
    reader = log_in(readers, browser, house, account)
    reader.page.get_by_text(said).wait_for()
    assert "Sem acesso" in reader.page.locator("body").inner_text()
    refused = house.desk.store.events(kinds=["access.refused"])
    assert len(refused) == before + 1 and refused[-1].after == {"what": "entrar por uma conta"}
    assert len(house.desk.store.events(kinds=["session.opened"])) == opened
    assert not [name for name in cookies(reader) if name == COOKIE or name.startswith(LOGIN)]
    # Whoever was refused reads on, and is asked nothing again.
    reader.page.get_by_role("link", name="Ver o painel").click()
    reader.wait()
    assert "entrar" not in reader.page.url
    assert len(house.desk.store.events(kinds=["access.refused"])) == before + 1


def test_without_configuration_there_is_no_button(
    config: Config, browser: Browser, readers: ExitStack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with housed(config, tmp_path_factory.mktemp("sem-conta")) as bare:
        reader = readers.enter_context(reading(browser, bare.address))
        reader.open("enviar")
        assert "leitura aberta" in reader.text
        assert not reader.page.get_by_role("button", name="Entrar com").count()
        assert "com a conta" not in reader.text
        reader.page.goto(f"{bare.address}/entrar")
        assert not reader.page.get_by_role("link", name="Entrar com").count()
