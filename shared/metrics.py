"""The metric table: every metric of ours, declared once, made per process in its own registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENCY_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class DeliveryMetrics:
    """What a consumer counts; label `channel` is the topic."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Declare the metrics in `registry`; once per registry."""

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ("channel", *labels), registry=registry)

        self.records = counter("pdx_records_total", "Records taken from the channel")
        self.refusals = counter("pdx_refusals_total", "Requests refused", "reason")
        self.dead_letters = counter(
            "pdx_dead_letters_total", "Records sent to the dead-letter topic", "reason"
        )
        self.expired = counter("pdx_expired_total", "Requests dropped because their deadline had passed")
        self.retries = counter("pdx_retries_total", "Batches tried again after a transient failure")
        self.shed = counter("pdx_shed_total", "Requests refused early: their deadline could not be met")
        self.gaps = counter("pdx_gap_records_total", "Records deleted before they were read", "kind")
        self.stopped = Gauge(
            "pdx_consumer_stopped",
            "1: a partition reached its limit of dead letters and is not consumed",
            ("channel",),
            registry=registry,
        )
        self.held = Gauge(
            "pdx_partitions_held",
            "Partitions that wait for what their next record needs",
            ("channel",),
            registry=registry,
        )
        self.commits = counter("pdx_commits_total", "Offset commits", "outcome")
        self.rebalances = counter("pdx_rebalances_total", "Partitions assigned or revoked", "kind")
        self.batch_records = Histogram(
            "pdx_batch_records", "Records per batch", ("channel",), buckets=BATCH_BUCKETS, registry=registry
        )
        self.batch_seconds = Histogram(
            "pdx_batch_seconds", "Seconds per batch", ("channel",), buckets=LATENCY_BUCKETS, registry=registry
        )
        self.lag_records = Gauge(
            "pdx_lag_records", "Records not worked on yet", ("channel", "partition"), registry=registry
        )


class ArchiveMetrics:
    """What the archive of predictions counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Declare the metrics in `registry`; once per registry."""
        self.records = Counter("pdx_archived_records_total", "Records archived", registry=registry)
        self.files = Counter("pdx_archived_files_total", "Files of the archive written", registry=registry)
        self.waiting = Gauge(
            "pdx_archive_waiting_records", "Records read and not archived yet", registry=registry
        )
        self.moved = Counter(
            "pdx_archive_moved_total",
            "Partitions of the archive read anew, for the covered offset was not where this process left it: "
            "behind (the database was put back) or ahead (another process archived on)",
            ("direction",),
            registry=registry,
        )
        self.deleted = Counter(
            "pdx_retention_deleted_total",
            "Rows and files that were kept long enough",
            ("kind",),
            registry=registry,
        )


class DriftMetrics:
    """What closed windows say; label `family`, of the release that was judged last."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Declare the metrics in `registry`; once per registry."""
        self.windows = Counter(
            "pdx_drift_windows_total",
            "Windows closed, by their level",
            ("family", "level"),
            registry=registry,
        )
        self.revisions = Counter(
            "pdx_drift_revisions_total",
            "Windows that changed after they were closed",
            ("family",),
            registry=registry,
        )
        self.share = Gauge(
            "pdx_drift_share", "Share of drifting columns in the last window", ("family",), registry=registry
        )
        self.reports = Counter(
            "pdx_drift_reports_total",
            "Full reports of windows: made, failed, or to be tried again",
            ("outcome",),
            registry=registry,
        )
        self.state = Gauge("pdx_drift_state", "0: ok, 1: warn, 2: alarm", ("family",), registry=registry)
        self.changes = Counter(
            "pdx_drift_changes_total",
            "Changes in the mean of a signal that ADWIN saw, an opinion beside the windows",
            ("family", "signal"),
            registry=registry,
        )
        self.unwatched = Counter(
            "pdx_drift_unwatched_total",
            "Counted predictions that ADWIN did not see: more came at once than it takes",
            registry=registry,
        )


class RequesterMetrics:
    """What a requester counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Declare the metrics in `registry`; once per registry."""
        self.pending = Gauge("pdx_pending_replies", "Calls that wait for a reply", registry=registry)
        self.calls = Counter("pdx_calls_total", "Calls by outcome", ("outcome",), registry=registry)
        self.unknown = Counter("pdx_unknown_replies_total", "Replies nobody waits for", registry=registry)
        self.seconds = Histogram(
            "pdx_call_seconds", "Seconds from call to reply", buckets=LATENCY_BUCKETS, registry=registry
        )
