"""What may be set from outside: environment variables that begin with OMS_, or a file `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from oms_core.domain.notice.events import Kind


def _names(value: object) -> object:
    """Take names as `web,till`, as environment variables have them."""
    if not isinstance(value, str):
        return value
    return tuple(name.strip() for name in value.split(",") if name.strip())


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Rate = Annotated[float, Field(ge=0.1, le=1_000_000)]


class UnusableSetting(Exception):
    """A setting has the right form, but not on this machine: in the parts that a person needs."""

    def __init__(self, field: str, value: str, rule: str, remedy: str) -> None:
        """Take what is wrong, and what to do about it."""
        super().__init__(f"{field}: {rule} {remedy}")
        self.field, self.value, self.rule, self.remedy = field, value, rule, remedy


class Settings(BaseSettings):
    """Where things are kept, and where they are published."""

    model_config = SettingsConfigDict(env_prefix="OMS_", env_file=".env", extra="ignore")

    dsn: str = Field("", description="A PostgreSQL to use; empty: an embedded one under `home`.")
    home: Path = Field(Path(".oms"), description="Where the embedded PostgreSQL keeps its files.")
    log_schema: str = Field("oms", description="The PostgreSQL schema of the log.")
    views_schema: str = Field("projections", description="The schema of the read models.")
    policies: Path | None = Field(
        None,
        description="A TOML file with the shop's own choices, such as how orders are screened.",
    )
    prices: Path | None = Field(
        None, description="A TOML file of prices and taxes that orders are compared with."
    )
    rates: Path | None = Field(
        None, description="The ECB's file of reference rates, eurofxref, as CSV or XML."
    )
    seller: Path | None = Field(
        None, description="A TOML file that says in whose name invoices are issued."
    )
    lease_patience_seconds: float = Field(
        20.0,
        gt=0,
        description="How long a process that stands still keeps its work from those standing by.",
    )
    kafka_bootstrap: str = Field(
        "", description="Kafka brokers, as `host:port,host:port`; empty: no Kafka is used."
    )
    kafka_prefix: str = Field(
        "oms",
        pattern=r"^[a-z][a-z0-9.-]*$",
        description="What the names of this cell's topics begin with, such as `oms` or `oms.eu`.",
    )
    kafka_registry: str = Field("", description="The URL of a schema registry (Confluent's API).")
    kafka_config: dict[str, str] = Field(
        default_factory=dict,
        description="Further settings of the Kafka client as JSON, such as those for TLS and SASL.",
    )
    kafka_registry_config: dict[str, str] = Field(
        default_factory=dict,
        description="Further settings of the registry's client as JSON, such as credentials.",
    )
    channels: Annotated[tuple[Name, ...], NoDecode, BeforeValidator(_names)] = Field(
        ("web", "marketplace", "till", "callcentre", "edi"),
        description="The channels whose messages are taken in by Kafka, as `web,till`.",
    )
    kafka_rates: dict[Name, Rate] = Field(
        default_factory=dict,
        description='How many messages a second are taken of a channel at most: {"edi": 50}.',
    )
    http_host: str = Field(
        "127.0.0.1", description="Where a running process tells of itself; `0.0.0.0`: to everyone."
    )
    http_port: int = Field(
        0,
        ge=0,
        le=65_535,
        description="The port for /metrics, /healthz and /readyz; 0: nobody is answered.",
    )
    mail_server: str = Field(
        "", description="A mail server, as `smtp://host:587`; empty: no notices are sent or kept."
    )
    mail_user: str = Field("", description="Who we are to the mail server, if it wants to know.")
    mail_password: SecretStr = Field(SecretStr(""), description="And what proves it.")
    mail_from: str = Field("", description="Whom notices come from: `Shop <orders@shop.example>`.")
    mail_merchant: str = Field(
        "", description="The merchant's own address, to be told of abandoned carts."
    )
    notices: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        tuple(Kind), description="The kinds of notice that are sent, as `order_placed,refunded`."
    )
    webhooks_loopback: bool = Field(
        False,  # noqa: FBT003  (a default, not an argument)
        description="Webhooks may lead to this machine itself, and without TLS: to develop with.",
    )
    shop_name: str = Field("The shop", description="The name that notices are signed with.")
    shop_site: str = Field("", description="The web site that notices link to, if any.")
    shop_contact: str = Field("", description="The address that questions go to, if any.")
    shop_zone: str = Field("UTC", description="The time zone of dates in notices.")
    stripe_key: SecretStr = Field(
        SecretStr(""), description="The secret key of a Stripe account; empty: a simulated gateway."
    )
    stripe_return_url: str = Field(
        "", description="Where customers come back to from 3-D Secure, a page of the shop."
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="The signing secret of the endpoint that Stripe sends events to."
    )
    webhooks_host: str = Field(
        "127.0.0.1", description="Where `oms webhooks receive` is sent events."
    )
    webhooks_port: int = Field(8480, ge=0, le=65_535, description="And the port; 0: any free one.")
    stripe_address: str = Field("", description="Another server that answers as Stripe does.")
    kafka_in_flight: int = Field(
        500, ge=1, le=5_000, description="How many messages are taken in together at most."
    )
