"""`oms kafka asyncapi`: the topics of a cell, described for those who build on them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from adapters.avro.schemas import json_text
from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common
from adapters.kafka.asyncapi import document
from adapters.kafka.names import TopicNames
from adapters.kafka.topics import DECLARED, UnusableDeclaration, read_declaration


def asyncapi(
    *,
    topics: Annotated[Path, Parameter(name="--topics", show_default=False)] = DECLARED,
    options: Common = PLAIN,
) -> None:
    """Print the AsyncAPI 3 document of the cell: its topics, messages, headers and schemas.

    It is JSON, which is YAML as well, and complete in itself. Give it to the tools of AsyncAPI:
    Studio shows it, generators make clients of it. `schemas/asyncapi.json` is that of the cell
    `oms` with the topics as they are declared.

    **Examples**

        oms kafka asyncapi > asyncapi.json
        OMS_KAFKA_PREFIX=oms.eu oms kafka asyncapi > asyncapi-eu.json

    **Next:** `oms kafka topics plan` compares a cluster with it.

    Parameters
    ----------
    topics
        A declaration of topics in the place of our own.
    """
    names = TopicNames(settings_of(options).kafka_prefix)
    try:
        declared = read_declaration(topics)
    except UnusableDeclaration as error:
        remedy = "See deploy/kafka/topics.yaml for a declaration with every field."
        raise Refused(Fault("topics", str(topics), str(error), remedy)) from None
    sys.stdout.write(json_text(document(names, declared)) + "\n")
