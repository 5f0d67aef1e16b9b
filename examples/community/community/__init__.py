"""A community: users, posts and uploads. One module a function, and what they share:

entities.py   what is in the table, and the questions that it answers
happened.py   the events, and the outbox that they leave by
access.py     who may call what
config.py     the settings of each stage
profiles.py   the read model, and its cache

login.py  authorizer.py  commands.py  queries.py     behind the API
relay.py  read_model.py                              on the table's stream
welcome.py  analytics.py                             on events
images.py  rows.py                                   on uploads
"""
