"""The web app: NiceGUI pages that ask over Kafka and show the reply.

`app` composes, `client` is the only door to the bus, `battles` and `refreshes`
decide what is asked and once only, `queries` reads the filters of a link,
`pages` and `components` draw, `texts` says everything in English and French.
"""
