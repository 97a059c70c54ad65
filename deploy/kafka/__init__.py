"""Apache Kafka as plain processes on one machine, for the demo, the tests and CI alike.

install.py     Java and Maven checked, the broker's jars fetched once and kept
properties.py  the settings of one node, as the text of its server.properties
process.py     one detached process, known by its pid file and by what it says it is
cluster.py     one or three nodes in one folder: start, stop, kill, pause
broker.py      the command line: python -m deploy.kafka.broker up | down | status
"""
