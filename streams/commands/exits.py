"""How a command ends: an exit code, and one readable sentence on standard error. Never a traceback.

Stop            a command cannot go on; its code and sentence
Sentences       the command group that turns Stop, and what Kafka raises, into an ending
"""

import logging
import os
import sys
from typing import Any, Final

import structlog
import typer
from kafka.errors import KafkaError
from typer.core import TyperGroup

from schemas.cluster import Cluster
from streams.exits import describe
from streams.follow import RangeStalled, TopicAbsent

OK: Final = 0
FOUND_PROBLEM: Final = 1
USAGE: Final = 2
BAD_INPUT: Final = 65
UNAVAILABLE: Final = 69
FAULT: Final = 70
CONFIGURATION: Final = 78
INTERRUPTED: Final = 130

#: What the codes mean, in the help and in docs/operating.md.
MEANINGS: Final = {
    OK: "done",
    FOUND_PROBLEM: "done, and it found a problem",
    USAGE: "the command line is wrong",
    BAD_INPUT: "bad input data; nothing was published or applied",
    UNAVAILABLE: "the broker does not answer",
    FAULT: "a fault of gradebook-sync itself",
    CONFIGURATION: "topics or configuration are not as they must be",
}


class Stop(Exception):
    """End with this code and this sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class Sentences(TyperGroup):
    """A group whose commands end with a sentence whatever happens."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Stop as stop:
            _end(stop.code, stop.sentence)
        except TopicAbsent as absent:
            _end(CONFIGURATION, f"{str(absent).capitalize()}. Run `gradebook-sync topics apply`.")
        except (KafkaError, RangeStalled) as error:
            _end(UNAVAILABLE, unavailable(cluster_of(ctx), error))
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:  # noqa: BLE001 - a traceback would quote what it failed on
            where = describe(error).get("at", "unknown place")
            _end(FAULT, f"a fault of ours: {type(error).__name__} at {where}. Please report it.")


def quiet() -> None:
    """What libraries and followers log is for a worker's log, not for a person's terminal."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)


def cluster_of(ctx: Any) -> Cluster:
    """The cluster the command line names."""
    found: Cluster = ctx.find_object(Cluster) or Cluster.from_env()
    return found


def unavailable(cluster: Cluster, error: Exception) -> str:
    """The sentence for a broker that does not answer."""
    return (
        f"No broker answers at {cluster.bootstrap} ({type(error).__name__}). Start one with `make up`, "
        "or name it with --bootstrap or GRADEBOOK_SYNC_BOOTSTRAP."
    )


def _end(code: int, sentence: str) -> None:
    typer.echo(f"gradebook-sync: {sentence}", err=True)
    raise typer.Exit(code)
