"""Do the recipes of the how-to run as they are printed?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.house.places import ROOT
from yingnuo.customer_apps import services
from yingnuo.customer_apps.services import AppFacts
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Ticket

PAGE = ROOT / "docs/howto/api.md"
NEEDED = ("bash", "curl", "jq", "openssl")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"the recipes need {', '.join(NEEDED)}")
def test_every_recipe_runs(live_server: LiveServer, tmp_path: Path) -> None:
    house, now = factories.house(), instants.now()
    _row, bearer = people.issue_token(SYSTEM, name="recipes", scopes=people.API_SCOPES, now=now)
    app = services.save(SYSTEM, pk=None, facts=AppFacts("shop", "Shop"), now=now)
    key, secret = services.add_key(SYSTEM, app=app.pk, algorithm="HS256", now=now)
    known = {"YN": live_server.url, "TOKEN": bearer, "APP": "shop", "KID": key.kid, "SECRET": secret}
    recipes = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(recipes) >= 7
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(recipes)], cwd=tmp_path, env=os.environ | known, text=True,
        capture_output=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed_meanwhile" in done.stdout
    assert sorted(Ticket.objects.values_list("via", flat=True)) == ["api", "app"]
    assert house.alice.name
