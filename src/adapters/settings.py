"""What may be set from outside: environment variables that begin with OMS_, or a file `.env`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are kept."""

    model_config = SettingsConfigDict(env_prefix="OMS_", env_file=".env", extra="ignore")

    dsn: str = Field("", description="A PostgreSQL to use; empty: an embedded one under `home`.")
    home: Path = Field(Path(".oms"), description="Where the embedded PostgreSQL keeps its files.")
    log_schema: str = Field("oms", description="The PostgreSQL schema of the log.")
    views_schema: str = Field("projections", description="The schema of the read models.")
