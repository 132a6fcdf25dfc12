"""Writes and reads rows in a Cassandra container, with the driver that cqlsh brings: `rows.py fill COUNT REPLICAS`, `rows.py checksum`."""
import hashlib
import random
import sys

sys.path.insert(0, '/opt/cqlsh')
from cassandra import ConsistencyLevel  # noqa: E402
from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT  # noqa: E402
from cassandra.concurrent import execute_concurrent_with_args  # noqa: E402
from cassandra.query import SimpleStatement  # noqa: E402

SCHEMA = [
    "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': REPLICAS}",
    'CREATE TABLE IF NOT EXISTS shop.orders (id int PRIMARY KEY, customer text, total decimal, tags set<text>)',
    "CREATE TABLE IF NOT EXISTS shop.pictures (id int PRIMARY KEY, bytes blob) WITH compression = {'enabled': 'false'}",
]


def main():
    profile = ExecutionProfile(consistency_level=ConsistencyLevel.ALL, request_timeout=60)
    cluster = Cluster(['127.0.0.1'], execution_profiles={EXEC_PROFILE_DEFAULT: profile}, protocol_version=5)
    session = cluster.connect()
    if sys.argv[1] == 'fill':
        fill(session, int(sys.argv[2]), sys.argv[3])
    else:
        for table in ('orders', 'pictures'):
            print(table, *checksum(session, table))
    cluster.shutdown()


def fill(session, count, replicas):
    for statement in SCHEMA:
        session.execute(statement.replace('REPLICAS', replicas))
    chance = random.Random(count)
    orders = [(i, f'customer {i}', i * 7, {'a', str(i)}) for i in range(count)]
    insert = session.prepare('INSERT INTO shop.orders (id, customer, total, tags) VALUES (?, ?, ?, ?)')
    execute_concurrent_with_args(session, insert, orders, concurrency=32)
    pictures = ((i, chance.randbytes(1 << 18)) for i in range(count // 10))
    insert = session.prepare('INSERT INTO shop.pictures (id, bytes) VALUES (?, ?)')
    execute_concurrent_with_args(session, insert, pictures, concurrency=8)


def checksum(session, table):
    # Small pages: a picture is half a megabyte of JSON.
    statement = SimpleStatement(f'SELECT JSON * FROM shop.{table}', fetch_size=20)
    rows = sorted(row[0] for row in session.execute(statement))
    return len(rows), hashlib.sha256('\n'.join(rows).encode()).hexdigest()


main()
