"""Which apps of the company may speak for its customers, with which keys, and whom do they know?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Contact, Staff


class App(models.Model):
    """An app whose server signs who its users are. `generation` goes up to end every session there is.

    `origins` are the web origins whose pages may call us, "https://shop.example"; none for an app on phones alone.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Algorithm(models.TextChoices):
    HS256 = "HS256", _("Shared secret (HS256)")
    EDDSA = "EdDSA", _("Public key (EdDSA, Ed25519)")


class AppKey(models.Model):
    """A key of an app, named by `kid` in what it signs. `sealed` is the shared secret, or the public key as PEM.

    A key that is being replaced works until `ends_at`.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="keys")
    kid = models.CharField(max_length=60, unique=True)
    algorithm = models.CharField(max_length=5, choices=Algorithm)
    sealed = models.TextField()
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kid


class AppUser(models.Model):
    """A user of an app, by the app's own id (`subject`), and the customer he is."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="users", db_index=False)
    subject = models.CharField(max_length=200)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="app_users")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "subject"], name="app_user_once")]

    def __str__(self) -> str:
        return f"{self.app_id}:{self.subject}"


class UsedIdentity(models.Model):
    """A signed identity that was shown: it opens no second session. Forgotten when it has ended anyway."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, db_index=False)
    jti = models.CharField(max_length=120)
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "jti"], name="shown_identity_once")]
        indexes = [models.Index(fields=["ends_at"], name="shown_identity_ends")]

    def __str__(self) -> str:
        return f"{self.app_id}:{self.jti}"
