"""The web app: NiceGUI pages that ask over Kafka and show the reply.

`app` composes, `client` is the only door to the bus, `battles` decides what is asked and once only,
`pages` and `components` draw, `texts` says everything in English and French.
"""
