"""`gradebook-sync`: the command line, put together from streams/commands."""

from typing import Annotated

import typer

from schemas.cluster import Cluster
from schemas.topics import TopicNames
from streams.commands import category, district, exits, topics
from streams.commands.doctor import doctor
from streams.commands.publish import publish
from streams.commands.receipt import receipt
from streams.commands.release import release
from streams.commands.replay import replay
from streams.commands.results import results
from streams.commands.serve import serve
from streams.commands.status import status
from streams.commands.sync import sync
from streams.commands.version import version

EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in exits.MEANINGS.items()) + "."

app = typer.Typer(
    cls=exits.Sentences,
    help="Carries items and grades from an LMS to a district's SIS gradebook.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    ctx: typer.Context,
    bootstrap: Annotated[
        str | None, typer.Option(envvar="GRADEBOOK_SYNC_BOOTSTRAP", help="Kafka: host:port[,host:port...].")
    ] = None,
    topic_prefix: Annotated[
        str, typer.Option(envvar="GRADEBOOK_SYNC_TOPIC_PREFIX", help="Before every topic's name.")
    ] = "",
) -> None:
    """Carries items and grades from an LMS to a district's SIS gradebook."""
    exits.quiet()
    ctx.obj = Cluster(bootstrap or Cluster.from_env().bootstrap, TopicNames(topic_prefix))


for command in (publish, sync, release, status, results, receipt, replay, doctor, version):
    app.command()(command)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(serve)
app.add_typer(district.app, name="district")
app.add_typer(category.app, name="category")
app.add_typer(topics.app, name="topics")


def main() -> None:
    """Run it."""
    app()


if __name__ == "__main__":
    main()
