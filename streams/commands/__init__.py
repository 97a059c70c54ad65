"""The command line's commands, one module each; streams/cli.py puts them together.

exits      exit codes, and how a command ends with a sentence      sending, reading   to and from topics
tables     what is shown of a status log                           checks             what `doctor` looks at
errands    what delivery's code does for a command
"""
