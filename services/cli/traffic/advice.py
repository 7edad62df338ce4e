"""What to look at while `dex traffic --mode drift` goes on, and what of its plan would show none. Pure."""

import math

from services.cli.reaching import dex
from services.cli.traffic.plan import Plan
from shared.settings import Settings


def drift_lines(plan: Plan, settings: Settings) -> list[str]:
    """When the shift comes, when it can be an alarm at the latest, and where both are seen."""
    assert plan.shift_after_s is not None
    lines = [
        f"Until {plan.shift_after_s:g} s battles are like those that models are judged on; then they shift.",
        f"See it with `{dex('drift status')}` and `{dex('drift windows')}`, the columns with "
        f"`{dex('drift report')}`; over REST at /drift/windows.",
    ]
    if settings.drift_window_records:
        return lines
    alarm_s = (settings.drift_alarm_windows + 1) * settings.drift_window_seconds
    alarm_s += math.ceil(settings.drift_grace_seconds)
    lines.append(
        f"A window is {settings.drift_window_seconds} s, and {settings.drift_alarm_windows} alarming ones "
        f"in a row are an alarm: at most about {alarm_s} s after the shift."
    )
    left_s = plan.duration_s - plan.shift_after_s
    if left_s < alarm_s:
        lines.append(
            f"Only {left_s:g} s are left after the shift, which may be too few: give --duration "
            f"{math.ceil(plan.shift_after_s + alarm_s)} or more, or a sooner --shift-after."
        )
    share = plan.shares["prediction"]
    expected = plan.rate * share * settings.drift_window_seconds
    if expected < settings.drift_least_records:
        needed = settings.drift_least_records / share / settings.drift_window_seconds
        lines.append(
            f"A window will hold about {expected:.0f} predictions, and nothing is concluded from fewer than "
            f"{settings.drift_least_records}: give --rate {math.ceil(needed * 1.2)} or more."
        )
    return lines
