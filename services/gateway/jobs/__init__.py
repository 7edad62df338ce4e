"""Many battles accepted at once and answered one by one."""
