"""The language: Avro schemas, topics as data, records as values, the wire codec, the error catalog."""
