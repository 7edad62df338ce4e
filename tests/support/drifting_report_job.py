"""The process that makes a drift report, of the made-up family of drift tests."""

from services.drift_report.job import main
from tests.support.drift_family import FAMILY, DriftingFamily

if __name__ == "__main__":
    main({FAMILY: DriftingFamily()})
