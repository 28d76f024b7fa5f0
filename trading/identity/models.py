"""Users and their API keys."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import models

from trading.identity.roles import STAFF_ROLES, Role
from trading.kernel.identifiers import new_id


class User(AbstractUser):
    """A person who signs in. The role says what they may do; Django's groups are not used."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.TextField(
        choices=[(role.value, role.value.replace("_", " ").capitalize()) for role in Role],
        default=Role.TRADER,
    )
    last_login = models.DateTimeField("last sign-in", null=True, blank=True)
    groups = None  # type: ignore[assignment]  # a role holds the permissions
    user_permissions = None  # type: ignore[assignment]

    class Meta:
        default_permissions = ("view", "add", "change")

    def save(self, *args: object, **kwargs: object) -> None:
        self.is_staff = Role(self.role) in STAFF_ROLES
        self.is_superuser = False  # nobody stands outside the roles
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def user_id(self) -> UUID:
        return self.id


class ApiKey(models.Model):
    """
    A key for programs. The secret is shown once and kept only as its SHA-256.

    A plain hash is enough: the secret is 30 random bytes of ours, not a word somebody chose.
    """

    key_id = models.TextField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    secret_hash = models.BinaryField()
    label = models.TextField(blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key_id


class AttemptCounter(models.Model):
    """
    How often something that is slowed down was tried: of a name, from an address, or both.

    ``subject`` is a keyed digest of the name that was typed, never the name: people type their
    password there. Empty means any name, as an empty ``address`` means any address; of a browser
    that is known to be the user's it is ``browser:<number>``. ``attempts`` counts since the last
    pause of a day; before ``paused_until`` nothing is tried.
    """

    purpose = models.TextField()
    subject = models.TextField(blank=True)
    address = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "subject", "address"], name="identity_attempt_counter"
            ),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.attempts} x {self.purpose} from {self.address or 'anywhere'}"
