"""Is every adapter of the registry held to the contract by a test of its own?"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from tests import factories
from tests.channels.adapters.suite import NOW, AdapterContract, Case
from yingnuo.channels import accounts, registry
from yingnuo.channels.contract import Adapter, Hook, Rejected
from yingnuo.channels.models import Channel, ChannelKind, Raw


def _cases() -> dict[str, Case]:
    here = Path(__file__).parent
    modules = [importlib.import_module(f"{__package__}.{m.name}") for m in pkgutil.iter_modules([str(here)])]
    classes = {c for m in modules for c in vars(m).values() if isinstance(c, type) and issubclass(c, AdapterContract)}
    return {c.case.kind: c.case for c in classes if hasattr(c, "case")}


def test_no_adapter_is_without_its_tests() -> None:
    own = {"chat"}  # no provider stands behind it: test_chat and the journey's tests hold it
    assert set(registry.kinds()) - set(_cases()) == own


@pytest.mark.parametrize("kind", registry.kinds())
def test_it_fulfils_the_protocol(kind: str) -> None:
    adapter = registry.adapter_of(kind)
    assert isinstance(adapter, Adapter)
    assert kind in ChannelKind.values


@pytest.mark.django_db
@pytest.mark.parametrize("kind", registry.kinds())
def test_a_channel_without_secrets_takes_no_call(kind: str, client: Client) -> None:
    """An administrator who has not filled in a secret has not opened the door to everybody."""
    factories.house(now=NOW)
    channel = Channel.objects.create(code="bare", name="Bare", kind=kind)
    adapter = registry.adapter_of(kind)
    for headers in ({}, {"authorization": "", "x-signature": ""}):
        hook = Hook("POST", {}, headers, b'{"any": "thing"}', NOW + timedelta(seconds=1))
        with pytest.raises(Rejected):
            adapter.verify(accounts.of(channel), hook)
    assert client.post("/hooks/bare/", b'{"any": "thing"}', content_type="application/json").status_code >= 400
    assert not Raw.objects.exists()
