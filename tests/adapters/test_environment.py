"""What a connection string says reaches the log's own connections, or is refused."""

import pytest

from adapters.postgres.environment import UnusableDsn, environment


def test_where_the_database_is_reaches_the_library():
    settings = environment("postgresql://ann:secret@db.example:6432/shop", "cell_1")
    assert {
        name.removeprefix("POSTGRES_"): settings[name]
        for name in settings
        if name.startswith("POSTGRES_") and "_" not in name.removeprefix("POSTGRES_")
    } == {
        "DBNAME": "shop",
        "HOST": "db.example",
        "PORT": "6432",
        "USER": "ann",
        "PASSWORD": "secret",
        "SCHEMA": "cell_1",
    }


def test_a_setting_that_would_be_lost_is_refused_with_the_way_to_give_it():
    with pytest.raises(UnusableDsn, match=r"sets options, sslmode, .* PGSSLMODE for sslmode"):
        environment("postgresql://db.example/shop?sslmode=require&options=-cfsync%3Doff")
