"""Settings of every process, read once at start from the environment (prefix `PDX_`)."""

import os
import socket
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LEAST_LOG_DAYS: Final = 8


def _instance_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class Settings(BaseSettings):
    """What a process is told. Paths left empty are derived from `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="PDX_", extra="ignore", frozen=True, populate_by_name=True)

    kafka_bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, host:port,…")
    database_url: str = Field(
        default="postgresql+asyncpg://pdx@127.0.0.1:5432/pdx", description="PostgreSQL, SQLAlchemy URL"
    )
    mlflow_tracking_uri: str | None = Field(
        default=None,
        validation_alias=AliasChoices("MLFLOW_TRACKING_URI", "mlflow_tracking_uri"),
        description="MLflow server that gets a copy of runs and models; none: no copy",
    )
    data_dir: Path = Field(default=Path(".pdx"), description="Folder of everything that is kept")
    artifacts: str = Field(default="", description="Artefact store: a folder; default data_dir/artifacts")
    model_cache_dir: Path = Field(default=Path(), description="Verified models; default data_dir/models")
    signing_key_file: Path = Field(default=Path(), description="Ed25519 private key; only training reads it")
    verify_key_file: Path = Field(default=Path(), description="Ed25519 public key that releases must match")
    storage_secret_file: Path = Field(default=Path(), description="Secret of the web app's browser storage")
    http_host: str = Field(default="127.0.0.1", description="Address of health endpoints and sites")
    http_port: int = Field(
        default=0, ge=0, le=65535, description="Port of health endpoints and sites; 0: any"
    )
    instance_id: str = Field(default_factory=_instance_id, description="Name of this process on the bus")
    api_key_file: Path = Field(
        default=Path(), description="API key of this installation, made by the first `./dex up`"
    )
    key_rate: float = Field(default=100.0, gt=0, description="Requests a second that one API key may make")
    key_burst: int = Field(default=200, ge=1, description="Requests that one API key may make at once")
    address_rate: float = Field(default=200.0, gt=0, description="Requests a second from one address")
    address_burst: int = Field(default=400, ge=1, description="Requests at once from one address")
    cors_origins: str = Field(
        default="", description="Origins whose pages may call the REST API, with commas; none: no page may"
    )
    trusted_proxies: str = Field(
        default="",
        description="Proxies whose X-Forwarded-For names the caller, with commas; none: no header does",
    )
    gateway_url: str | None = Field(
        default=None, description="Where the REST API is, for links in the web app"
    )
    ui_url: str | None = Field(default=None, description="Where the web app is, for links")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level logged"
    )
    log_format: Literal["json", "console"] = Field(default="console", description="Form of log lines")
    drain_seconds: float = Field(default=5.0, gt=0, description="Longest wait for work in flight at a stop")
    stop_grace_seconds: float = Field(
        default=0.0,
        ge=0,
        le=60,
        description="How long a process that is to stop works on, alive but not ready: so that who sends it "
        "requests sees it first",
    )
    commit_interval_seconds: float = Field(default=1.0, gt=0, description="How often offsets are committed")
    session_timeout_ms: int = Field(default=10_000, ge=1_000, description="Consumer group session timeout")
    maximum_batch_records: int = Field(default=500, ge=1, description="Most records taken at once")
    dead_letter_window_records: int = Field(
        default=500, ge=10, description="Records of a partition that the limit of dead letters looks back on"
    )
    dead_letter_ratio_limit: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of dead letters in them above which a consumer stops; 1: none",
    )
    dead_letter_consecutive_limit: int = Field(
        default=200, ge=0, description="Dead letters in a row above which a consumer stops; 0: no limit"
    )
    metadata_max_age_ms: int = Field(
        default=30_000, ge=100, description="How soon partitions that are added are seen"
    )
    snapshot_dir: Path | None = Field(
        default=None, description="Folder with the CSV files of the Pokédex; none: those of the package"
    )
    pokeapi_url: str = Field(
        default="https://pokeapi.co/api/v2/", description="PokéAPI, or a mirror in its REST layout"
    )
    pokepedia_url: str = Field(default="https://www.pokepedia.fr/", description="Poképédia")
    pokepedia_delay_seconds: float = Field(
        default=1.0, ge=0, description="Least pause between two pages of Poképédia"
    )
    source_cache: Path = Field(
        default=Path(), description="What was fetched from live sources; default data_dir/sources"
    )
    drift_window_seconds: int = Field(
        default=60, ge=1, le=86_400, description="Width of a drift window in record time"
    )
    drift_window_records: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Windows by count instead: whole seconds with so many predictions; 0: by time",
    )
    drift_grace_seconds: float = Field(
        default=5.0, ge=0, description="How long after its end a window waits for partitions without records"
    )
    drift_least_records: int = Field(
        default=200, ge=1, description="Predictions of a window below which nothing is said of drift"
    )
    drift_warn_share: float = Field(
        default=0.05, gt=0, le=1, description="Share of drifting columns from which a window warns"
    )
    drift_alarm_share: float = Field(
        default=0.1, gt=0, le=1, description="Share of drifting columns from which a window alarms"
    )
    drift_alarm_windows: int = Field(
        default=2, ge=1, le=100, description="Alarming windows in a row that make a release drift"
    )
    drift_clear_windows: int = Field(
        default=2, ge=1, le=100, description="Better windows in a row after which it is taken back"
    )
    drift_adwin_delta: float = Field(
        default=0.002,
        ge=0,
        lt=1,
        description="Confidence of ADWIN, the opinion on each prediction; larger is earlier, with more "
        "false alarms; 0: none is asked for",
    )
    drift_skip_releases: str = Field(
        default="",
        description="Releases (`family/version`, comma-separated) that drift does not wait for: their "
        "predictions are dead-lettered while the release is not on the bus",
    )
    drift_retrain: bool = Field(
        default=False, description="Ask for a training, once per alarm, when the champion drifts"
    )
    drift_report_rows: int = Field(
        default=20_000, ge=100, le=200_000, description="Rows of a window that its report looks at, at most"
    )
    drift_report_memory_mb: int = Field(
        default=4_096, ge=1_024, description="Address space of the process that makes a drift report"
    )
    drift_report_seconds: float = Field(default=600.0, gt=0, description="How long a drift report may take")
    drift_reports_kept: int = Field(
        default=50, ge=1, le=10_000, description="Drift reports that are kept, the newest"
    )

    archive: str = Field(
        default="",
        description="Archive of predictions, Parquet: a folder, or `s3://bucket/prefix?region=…`; default "
        "data_dir/archive",
    )
    archive_seconds: float = Field(
        default=300.0, gt=0, description="Longest time until a prediction is in a file of the archive"
    )
    archive_records: int = Field(
        default=20_000, ge=1, le=200_000, description="Predictions that wait for it before a file is written"
    )
    prediction_log_days: int = Field(
        default=90,
        ge=0,
        description="Days that predictions and outcomes stay in the database, at least 8; 0: for ever",
    )
    archive_days: int = Field(
        default=365, ge=0, description="Days that predictions stay in the archive; 0: for ever"
    )

    @field_validator("prediction_log_days")
    @classmethod
    def _outlive_the_topic(cls, days: int) -> int:
        if 0 < days < LEAST_LOG_DAYS:
            raise ValueError(
                f"{days} days is less than {LEAST_LOG_DAYS}: a record that Kafka delivers again within its 7 "
                "days must find its row; 0 keeps everything"
            )
        return days

    @model_validator(mode="after")
    def _derive(self) -> Self:
        defaults = {
            "archive": str(self.data_dir / "archive"),
            "artifacts": str(self.data_dir / "artifacts"),
            "model_cache_dir": self.data_dir / "models",
            "source_cache": self.data_dir / "sources",
            "signing_key_file": self.data_dir / "keys" / "signing.key",
            "verify_key_file": self.data_dir / "keys" / "signing.pub",
            "api_key_file": self.data_dir / "keys" / "api.key",
            "storage_secret_file": self.data_dir / "keys" / "ui-storage.secret",
        }
        for name, value in defaults.items():
            if str(getattr(self, name)) in ("", "."):
                object.__setattr__(self, name, value)
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                url = "postgresql+asyncpg://" + self.database_url.removeprefix(plain)
                object.__setattr__(self, "database_url", url)
        return self


def setting_problems(error: ValidationError) -> list[str]:
    """What is wrong with which setting, one line each: name, value, reason."""
    return [
        f"PDX_{'_'.join(map(str, one['loc'])).upper().removeprefix('PDX_')}={one['input']!r}: "
        f"{one['msg'].removeprefix('Value error, ').replace('Input should', 'it should')}"
        for one in error.errors()
    ]
