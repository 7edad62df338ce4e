"""The local stack: a real Kafka, PostgreSQL and MLflow as processes of this machine.

The command line runs them under supervisord, tests run them directly; both build the same
commands from the classes here.
"""
