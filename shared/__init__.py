"""What two or more services use. Depends on `contracts` only."""
