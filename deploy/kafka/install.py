"""Java and Maven checked, and the broker's jars fetched once per machine.

The jars are kept outside the tree, under the user's cache folder and named by a hash of pom.xml, so a second clone
starts without fetching and a changed pom never meets old jars.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
MIN_JAVA = 17
FETCH_SECONDS = 600
INSTALL_JAVA = f"Install Java {MIN_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless)"
INSTALL_MAVEN = "Install Maven (Debian: apt-get install maven)"


class MissingTool(Exception):
    """Java or Maven is not on this machine, or too old; the message says what to install."""


class FetchFailed(Exception):
    """Maven could not bring the jars; the message ends with what Maven said."""


def java() -> str:
    """Path of a Java of at least MIN_JAVA: JAVA_HOME's if set, else the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    path = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if path is None:
        where = f"JAVA_HOME ({home})" if home else "PATH"
        raise MissingTool(
            f"Kafka needs Java {MIN_JAVA} or newer, and there is no java on {where}. {INSTALL_JAVA}."
        )
    said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < MIN_JAVA:
        version = said.strip().partition("\n")[0] or "of unknown version"
        raise MissingTool(f"Kafka needs Java {MIN_JAVA} or newer; {path} is {version}. {INSTALL_JAVA}.")
    return path


def cache_folder() -> Path:
    """Where this pom's jars are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    key = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    return Path(base) / "gradebook-sync" / f"kafka-{key}"


def jars() -> Path:
    """Folder with every jar of the broker, fetched now if this machine has not got it yet.

    Raises MissingTool when Maven is needed and absent, FetchFailed when it fails twice.
    """
    kept = cache_folder()
    if not kept.is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            raise MissingTool(
                f"Kafka's jars are fetched with Maven, and there is no mvn on PATH. {INSTALL_MAVEN}."
            )
        kept.parent.mkdir(parents=True, exist_ok=True)
        _fetch(maven, kept)
    return kept


def _fetch(maven: str, kept: Path) -> None:
    # A whole folder is renamed into place: a broken or concurrent fetch never leaves a half-filled one behind.
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetching-") as scratch:
        fresh = Path(scratch) / "jars"
        command = [maven, "-q", "-B", "-C", "-f", str(POM), "dependency:copy-dependencies"]
        for attempt in (1, 2):
            done = subprocess.run(
                [*command, "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"],
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                check=False,
            )
            if done.returncode == 0:
                break
            if attempt == 2:
                tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
                raise FetchFailed(f"Maven could not fetch Kafka's jars (pom: {POM}):\n{tail}")
        try:
            fresh.rename(kept)
        except OSError:
            if not kept.is_dir():  # otherwise somebody else was faster, with the same jars
                raise
